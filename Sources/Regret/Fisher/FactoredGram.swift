/// Q from Cholesky factors of S̃S̃ᵀ, where only the audit's own ρ is asked for and no eigenvalue is near the cut: a tenth
/// of the work of ``RangeCoordinates``.
struct FactoredGram: Sendable {
  private let gram: Matrix
  private let cross: Matrix
  private let factors: Matrix
  /// Share of Σ‖g̃‖² outside the span of the factors, which is their range here.
  let outsideRange: Double

  /// From G̃G̃ᵀ, G̃S̃ᵀ and S̃S̃ᵀ, products of rows times `scale`; nil where some eigenvalue may lie below
  /// ``RangeCoordinates/relativeCut``.
  init?(_ split: GramSplit, scale: Double = 1) {
    guard let factor = Cholesky(split.factors), Self.isClearOfCut(split.factors, factor) else { return nil }
    gram = split.gradients * scale
    cross = split.cross * scale
    factors = split.factors * scale
    let inside = factor.solve(rows: split.cross)
    let total = gram.trace
    let share = zip(inside.elements, cross.elements).reduce(0) { $0 + $1.0 * $1.1 }
    outsideRange = total > 0 ? max(0, 1 - share / total) : 0
  }

  /// Q = (1/ρ)(G̃G̃ᵀ − αS̃G̃ᵀ), α = G̃S̃ᵀ(S̃S̃ᵀ + μI)⁻¹, μ = ρM/(1−ρ).
  func innerProducts(weight: Double) -> Matrix {
    guard weight < 1 else { return gram }
    return (gram - combination(weight).timesTransposed(cross)) * (1 / weight)
  }

  /// ``RangeCoordinates/amplification(weight:innerProducts:)``
  func amplification(weight: Double, innerProducts: Matrix) -> Double {
    let combination = weight < 1 ? combination(weight) : Matrix(gram.rowCount, factors.rowCount)
    return Amplification.worst(
      gram: gram, combination: combination, factorSquares: factors.diagonal, weight: weight,
      innerProducts: innerProducts)
  }

  /// α [N, M].
  private func combination(_ weight: Double) -> Matrix {
    var shifted = factors
    let shift = weight * Double(factors.rowCount) / (1 - weight)
    for row in 0..<factors.rowCount { shifted[row, row] += shift }
    // What could be factored can be with μ > 0 on top.
    return Cholesky(shifted)!.solve(rows: cross)
  }

  /// Whether λ_min/λ_max is far above the cut, by a few steps of direct and inverse iteration, which err by less than the
  /// margin.
  private static func isClearOfCut(_ matrix: Matrix, _ factor: Cholesky) -> Bool {
    let margin = 30.0
    let steps = 20
    // Any vector that is unlikely to be orthogonal to an eigenvector.
    let start = Matrix(1, matrix.rowCount) {
      1 + 0.5 * Double(($1 &* 7919) % 97) / 97 * ($1.isMultiple(of: 2) ? 1 : -1)
    }
    var (high, low) = (start, start)
    var (largest, smallest) = (0.0, 0.0)
    for _ in 0..<steps {
      high = high * matrix
      largest = high.squaredFrobenius.squareRoot()
      high = high * (1 / largest)
      low = factor.solve(rows: low)
      smallest = 1 / low.squaredFrobenius.squareRoot()
      low = low * smallest
    }
    return smallest > margin * RangeCoordinates.relativeCut * largest
  }
}
