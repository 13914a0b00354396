internal import Checkpoint

/// How much relative rounding of Gram matrix elements K is amplified in Q_ii: (K_ii + Σ_m α_im²K_mm)/(ρ Q_ii),
/// α = K_GS(K_SS + μI)⁻¹, μ = ρM/(1−ρ).
enum Amplification {
  /// The largest over i; `combination` is α and `factorSquares` are K_mm.
  static func worst(
    gram: Matrix, combination: Matrix, factorSquares: [Double], weight: Double, innerProducts: Matrix
  ) -> Double {
    var worst = 1.0
    for row in 0..<gram.rowCount where gram[row, row] > 0 {
      var sum = gram[row, row]
      for factor in factorSquares.indices {
        sum += combination[row, factor] * combination[row, factor] * factorSquares[factor]
      }
      worst = max(worst, sum / (weight * max(innerProducts[row, row], .leastNormalMagnitude)))
    }
    return worst
  }

  /// Rounding of float32 products.
  static let narrowRounding = 0x1p-24

  /// Whether products formed in `precision` have the digits that are asked for: of Q, and of 1 − cos, which is little between gradients
  /// that are nearly parallel. Double ones are the most there are.
  static func carries(_ products: Matrix, _ magnitude: Double = 1, in precision: ElementType) -> Bool {
    guard precision != .float64 else { return true }
    return !isTooMuch(
      magnitude, of: spread(products), rounding: precision == .bfloat16 ? Tiles.rounding : narrowRounding)
  }

  /// Mean of 1 − cos of those that have a length, at most 1.
  static func spread(_ products: Matrix) -> Double { min(1, InnerProducts.positive(products).0.meanSpread ?? 1) }

  /// Whether the `rounding` of products of size `magnitude` is more than 1e-4 of `result`, or nothing can be told.
  static func isTooMuch(_ magnitude: Double, of result: Double = 1, rounding: Double = narrowRounding) -> Bool {
    !(magnitude * rounding <= 1e-4 * result)
  }
}
