#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif
internal import Checkpoint
internal import Regret

/// A Fisher estimate as a P×P matrix, every pair's refitted from its rows.
struct DenseFisher {
  let kind: FisherKind
  let gradients: DenseMatrix
  let sizes: [Int]
  let factors: DenseMatrix?
  let ids: [Int]?
  /// F over all coordinates.
  let whole: DenseMatrix
  /// Coordinates where some factor (for `minibatch`: some gradient) is not 0.
  let live: [Int]
  /// diag F on those.
  let diagonal: [Double]

  init(_ kind: FisherKind, gradients: DenseMatrix, sizes: [Int], factors: DenseMatrix?, ids: [Int]?) {
    self.kind = kind
    self.gradients = gradients
    self.sizes = sizes
    self.factors = factors
    self.ids = ids
    let made = factors ?? gradients
    live = (0..<made.columns).filter { column in (0..<made.rows).contains { made[$0, column] != 0 } }
    whole = factors.map(Self.meanOuterProduct) ?? Self.ofMinibatches(gradients, sizes)
    let all = whole
    diagonal = live.map { all[$0, $0] }
  }

  static func harmonicMean(_ sizes: [Int]) -> Double {
    Double(sizes.count) / sizes.reduce(0) { $0 + 1 / Double($1) }
  }

  static func meanOuterProduct(_ rows: DenseMatrix) -> DenseMatrix {
    rows.transposed * rows * (1 / Double(rows.rows))
  }

  /// b·Cov(g) + ḡḡᵀ, Cov with 1/(N−1).
  static func ofMinibatches(_ gradients: DenseMatrix, _ sizes: [Int]) -> DenseMatrix {
    let count = Double(gradients.rows)
    let mean = DenseMatrix([[Double](repeating: 1 / count, count: gradients.rows)], columns: gradients.rows) * gradients
    var centred = gradients
    for row in 0..<gradients.rows {
      for column in 0..<gradients.columns { centred[row, column] -= mean[0, column] }
    }
    let covariance = centred.transposed * centred * (1 / (count - 1))
    return covariance * harmonicMean(sizes) + mean.transposed * mean
  }

  /// Without the rows of minibatches i and j.
  func without(_ i: Int, _ j: Int) -> DenseMatrix {
    guard let factors, let ids else {
      let kept = (0..<gradients.rows).filter { $0 != i && $0 != j }
      return Self.ofMinibatches(gradients.keeping(rows: kept), kept.map { sizes[$0] })
    }
    return Self.meanOuterProduct(factors.keeping(rows: ids.indices.filter { ids[$0] != i && ids[$0] != j }))
  }

  func canHoldOut(_ kept: [Int]) -> Bool {
    guard kind != .minibatch else { return gradients.rows >= 5 }
    guard let ids else { return false }
    return kept.allSatisfy { i in kept.allSatisfy { j in i == j || ids.contains { $0 != i && $0 != j } } }
  }

  func onLive(_ matrix: DenseMatrix) -> DenseMatrix { matrix.keeping(rows: live, columns: live) }

  /// D^{-½}XD^{-½} on the live coordinates.
  func normalized(_ matrix: DenseMatrix) -> DenseMatrix {
    var result = onLive(matrix)
    for i in live.indices {
      for j in live.indices { result[i, j] /= sqrt(diagonal[i]) * sqrt(diagonal[j]) }
    }
    return result
  }

  /// The eigenpairs of D^{-½}FD^{-½} above 1e-6 of the largest.
  func range() -> (values: [Double], vectors: DenseMatrix) {
    let (values, vectors) = normalized(whole).eigen
    let kept = values.indices.filter { values[$0] > 1e-6 * values.last! }
    return (kept.map { values[$0] }, vectors.keeping(rows: kept))
  }

  /// A⁻¹ on the live coordinates; F of all rows unless told.
  func inverse(_ damping: ResolvedDamping, _ fisher: DenseMatrix? = nil) -> DenseMatrix {
    let matrix = onLive(fisher ?? whole)
    guard let weight = damping.weight else {
      let (values, vectors) = range()
      var scaled = vectors
      for k in values.indices {
        for p in live.indices { scaled[k, p] /= sqrt(diagonal[p]) * sqrt(values[k]) }
      }
      return scaled.transposed * scaled
    }
    var damped = matrix * (1 - weight)
    let mean = diagonal.reduce(0, +) / Double(diagonal.count)
    for p in live.indices { damped[p, p] += weight * (damping.kind == .identity ? mean : diagonal[p]) }
    return damped.inverse
  }

  /// Q of the rows of `g` at a damping.
  func quadratic(_ g: DenseMatrix, _ damping: ResolvedDamping, _ fisher: DenseMatrix? = nil) -> DenseMatrix {
    let part = g.keeping(columns: live)
    return part * inverse(damping, fisher) * part.transposed
  }

  /// Rows of `g` with a length in the metric: a pseudo-inverse leaves rounding where the length is 0.
  func positive(_ q: DenseMatrix, _ g: DenseMatrix) -> [Int] {
    (0..<q.rows).filter { row in
      let whitened = live.indices.reduce(0) { $0 + g[row, live[$1]] * g[row, live[$1]] / diagonal[$1] }
      return q[row, row] > 1e-24 * whitened
    }
  }

  func outsideRange(_ g: DenseMatrix) -> Double {
    var part = g.keeping(columns: live)
    for row in 0..<part.rows {
      for p in live.indices { part[row, p] /= sqrt(diagonal[p]) }
    }
    guard part.squaredNorm > 0 else { return 0 }
    return max(0, 1 - (part * range().vectors.transposed).squaredNorm / part.squaredNorm)
  }

  func resolve(_ damping: Damping) -> ResolvedDamping {
    switch damping {
    case .auto: ResolvedDamping(kind: .diagonal, weight: shrinkage)
    case .none: ResolvedDamping(kind: .none, weight: nil)
    case .diagonal(let weight): ResolvedDamping(kind: .diagonal, weight: weight)
    case .identity(let weight): ResolvedDamping(kind: .identity, weight: weight)
    }
  }

  /// Schäfer and Strimmer's weight from the groups' own P×P matrices.
  var shrinkage: Double {
    var groups: [DenseMatrix] = []
    if let factors {
      let distinct = ids.map { Set($0).sorted() } ?? []
      if let ids, distinct.count > 1 {
        groups = distinct.map { id in
          Self.meanOuterProduct(factors.keeping(rows: ids.indices.filter { ids[$0] == id }))
        }
      } else {
        groups = (0..<factors.rows).map { Self.meanOuterProduct(factors.keeping(rows: [$0])) }
      }
    } else {
      let count = Double(gradients.rows)
      let mean =
        DenseMatrix([[Double](repeating: 1 / count, count: gradients.rows)], columns: gradients.rows) * gradients
      groups = (0..<gradients.rows).map { row in
        let centred = gradients.keeping(rows: [row]) - mean
        return centred.transposed * centred * Self.harmonicMean(sizes)
      }
    }
    groups = groups.map { group in
      var off = normalized(group)
      for p in live.indices { off[p, p] = 0 }
      return off
    }
    let count = Double(groups.count)
    var mean = groups[0] * (1 / count)
    for group in groups.dropFirst() { mean = mean + group * (1 / count) }
    guard groups.count > 1, mean.squaredNorm > 1e-13 * Double(live.count) else { return 0.999 }
    let spread = groups.reduce(0) { $0 + ($1 - mean).squaredNorm }
    return min(max(spread / (count * (count - 1)) / mean.squaredNorm, 1e-6), 0.999)
  }
}
