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

  /// Whether the `rounding` of products of size `magnitude` is more than 1e-4 of `result`, or nothing can be told.
  static func isTooMuch(_ magnitude: Double, of result: Double = 1, rounding: Double = narrowRounding) -> Bool {
    !(magnitude * rounding <= 1e-4 * result)
  }
}
