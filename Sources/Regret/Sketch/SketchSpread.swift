#if canImport(Darwin)
  internal import Darwin
#else
  internal import Glibc
#endif

/// How far numbers made of a sketch are from those of whole rows, by leaving out one group of its columns at a time.
///
/// In the KL ball a column b has ∂Q_ij/∂w_b = ρ′s u_ib·u_jb, u = A′⁻¹g/s, w_b the weight of its products; in the Euclidean one
/// g_ib·g_jb. To first order Q without group J of m is Q + m/(m−1)·(Δ̄ − Δ_J), Δ_J the sum over the group. The error is
/// √((m−1)/m Σ(s_J − s̄)²).
struct SketchSpread {
  /// Δ of each group [N, N].
  let changes: [Matrix]

  /// `statistic` of Q without each group.
  func left(of matrix: Matrix, _ statistic: (Matrix) -> [Double]) -> [[Double]] {
    let count = Double(changes.count)
    var mean = Matrix(matrix.rowCount, matrix.columnCount)
    for change in changes { mean.add(change) }
    mean.scale(by: 1 / count)
    return changes.map { statistic(matrix + (mean - $0) * (count / (count - 1))) }
  }
}

extension SketchError {
  /// The error of a number that is `value` and `left` without each group of columns.
  init?(value: Double, left: [Double]) {
    let count = Double(left.count)
    guard count > 1, value.isFinite, left.allSatisfy(\.isFinite) else { return nil }
    let mean = left.reduce(0, +) / count
    let variance = (count - 1) / count * left.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    self.init(value: value, standardError: variance.squareRoot())
  }

  /// ± Student's t with as many degrees of freedom as there are groups less one.
  init(value: Double, standardError: Double) {
    let half = StudentT.quantile(degrees: BucketGroups.count - 1) * standardError
    self.init(standardError: standardError, interval: .init(low: value - half, high: value + half))
  }
}

extension PairStatistics {
  /// The estimates that get an error of their own from sketching.
  private static var estimates: [WritableKeyPath<PairStatistics, Estimate>] {
    [\.regret, \.cosine, \.norm, \.meanGradientSquare, \.coherence]
  }

  /// Those estimates of Q, without their errors.
  private static func values(_ matrix: Matrix) -> [Double] {
    let products = InnerProducts(matrix: matrix)
    let (regrets, cosines) = (PairSums(products.regrets), PairSums(products.cosines))
    let (pairs, squares) = (PairSums(matrix), TermSum(matrix.diagonal))
    return [
      regrets.mean(), cosines.mean(), TermSum(products.norms).mean(), pairs.mean(), pairs.mean() / squares.mean(),
    ]
  }

  /// Adds what sketching has cost: `changes` are those of `matrix`, of which these are the statistics.
  mutating func addSketchErrors(_ matrix: Matrix, changes: [Matrix]) {
    let left = SketchSpread(changes: changes).left(of: matrix, Self.values)
    for (index, estimate) in Self.estimates.enumerated() {
      self[keyPath: estimate].sketch = SketchError(value: self[keyPath: estimate].value, left: left.map { $0[index] })
    }
  }
}

extension Estimate {
  /// Takes the error from sketching to be as large beside the number as that of `other` is beside it.
  mutating func takeSketchError(from other: Estimate) {
    guard let error = other.sketch?.standardError, other.value != 0 else { return }
    sketch = SketchError(value: value, standardError: abs(value / other.value) * error)
  }
}
