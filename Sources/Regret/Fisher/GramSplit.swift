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
  /// K_SS + μI is not positive definite.
  func damped(weight: Double) -> (innerProducts: Matrix, combination: Matrix)? {
    guard weight < 1 else { return (gradients, Matrix(cross.rowCount, cross.columnCount)) }
    var shifted = factors
    let shift = Self.shift(weight: weight, factorCount: shifted.rowCount)
    for row in 0..<shifted.rowCount { shifted[row, row] += shift }
    guard let combination = Cholesky(shifted)?.solve(rows: cross) else { return nil }
    return ((gradients - combination.timesTransposed(cross)) * (1 / weight), combination)
  }

  /// μ = ρM/(1−ρ): damping of F = SᵀS/M as it appears in SSᵀ + μI; infinite where ρ = 1.
  static func shift(weight: Double, factorCount: Int) -> Double { weight * Double(factorCount) / (1 - weight) }
}
