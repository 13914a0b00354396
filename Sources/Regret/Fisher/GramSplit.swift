internal import Synchronization

/// The blocks of [G; S]·[G; S]ᵀ.
struct GramSplit {
  let gradients: Matrix
  let cross: Matrix
  let factors: Matrix

  init(_ whole: Matrix, gradientCount: Int) {
    let first = 0..<gradientCount
    let rest = gradientCount..<whole.rowCount
    gradients = whole.submatrix(first, first)
    cross = whole.submatrix(first, rest)
    factors = whole.submatrix(rest, rest)
  }

  /// Of F = b·Cov(g) + ḡḡᵀ of the gradients `rows` alone, whose factor rows are CG of ``MinibatchFisher``, b their
  /// `batchSize`; `gram` holds the products of all gradients.
  init(minibatches gram: Matrix, rows: some Collection<Int>, batchSize: Double) {
    let root = MinibatchFisher.root(rows.count, batchSize)
    gradients = gram
    cross = gram.submatrix(0..<gram.rowCount, rows) * root
    factors = root * gram.submatrix(rows, rows) * root
  }

  private init(gradients: Matrix, cross: Matrix, factors: Matrix) {
    self.gradients = gradients
    self.cross = cross
    self.factors = factors
  }

  /// Products of rows times √`scale`.
  static func * (split: GramSplit, scale: Double) -> GramSplit {
    GramSplit(gradients: split.gradients * scale, cross: split.cross * scale, factors: split.factors * scale)
  }
}

extension GramSplit {
  /// Q = (1/ρ)(K_GG − αK_SG) with α = K_GS(K_SS + μI)⁻¹ [N, M], K the products in the metric's coordinates; nil where
  /// K_SS + μI is not positive definite. The same numbers for any number of workers.
  func damped(weight: Double, workerCount: Int = 1) -> (innerProducts: Matrix, combination: Matrix)? {
    guard weight < 1 else { return (gradients, Matrix(cross.rowCount, cross.columnCount)) }
    var shifted = factors
    let shift = Self.shift(weight: weight, factorCount: shifted.rowCount)
    for row in 0..<shifted.rowCount { shifted[row, row] += shift }
    guard let factor = Cholesky(shifted) else { return nil }
    let parts = (0..<cross.rowCount).pieces(of: 128)
    let results = Mutex((innerProducts: Matrix(0, cross.rowCount), combination: Matrix(0, cross.columnCount)))
    OrderedWork.run(count: parts.count, workerCount: workerCount) { part in
      let rows = cross.rows(parts[part])
      let combination = factor.solve(rows: rows)
      let products = (gradients.rows(parts[part]) - combination.timesTransposed(cross)) * (1 / weight)
      return (products, combination)
    } commit: { _, part in
      results.withLock {
        $0.innerProducts.append(part.0)
        $0.combination.append(part.1)
      }
    }
    return results.withLock { $0 }
  }

  /// tr F̃(F̃ + λI)⁻¹ of the factor rows.
  func effectiveDimension(shift: Double) -> Double {
    Cholesky.effectiveDimension(factors, shift: shift * Double(factors.rowCount))
  }

  /// μ = ρM/(1−ρ): damping of F = SᵀS/M as it appears in SSᵀ + μI; infinite where ρ = 1.
  static func shift(weight: Double, factorCount: Int) -> Double { weight * Double(factorCount) / (1 - weight) }
}
