/// Q at the audit's own ρ from Cholesky factors, where nothing else is asked for and no eigenvalue is near the cut: a tenth
/// of the work of ``RangeCoordinates``.
struct FactoredGram: Sendable {
  /// Share of Σ‖g̃‖² outside the span of the factors where diag F = 1, which is their range here.
  let outsideRange: Double
  /// Q of ``GramSplit/damped(weight:)``.
  let innerProducts: Matrix
  /// By how much relative rounding of the products grows on its way into Q.
  let amplification: Double

  /// From products where diag F = 1, those in the metric's coordinates, ρ, the gradients that ``outsideRange`` is of, and
  /// the products' `rounding`; nil where some eigenvalue may lie below ``RangeCoordinates/relativeCut``.
  init?(
    whitened: GramSplit, metric: GramSplit, weight: Double, reference: Range<Int>, rounding: Double, workerCount: Int
  ) {
    guard let factor = Cholesky(whitened.factors), Self.isClearOfCut(whitened.factors, factor, rounding) else {
      return nil
    }
    let total = reference.reduce(0) { $0 + whitened.gradients[$1, $1] }
    outsideRange = total > 0 ? max(0, 1 - factor.trace(rows: whitened.cross.rows(reference)) / total) : 0
    guard let damped = metric.damped(weight: weight, workerCount: workerCount) else { return nil }
    innerProducts = damped.innerProducts
    amplification = Amplification.worst(
      gram: metric.gradients, combination: damped.combination, factorSquares: metric.factors.diagonal, weight: weight,
      innerProducts: innerProducts)
  }

  /// Whether λ_min/λ_max is far above the cut, by a few steps of direct and inverse iteration, which err by less than the
  /// margin. Coarser products than float32's need more of it, which keeps ``outsideRange`` as exact.
  private static func isClearOfCut(_ matrix: Matrix, _ factor: Cholesky, _ rounding: Double) -> Bool {
    let margin = 30 * max(1, rounding / Amplification.narrowRounding)
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
