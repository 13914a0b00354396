/// Gradients of such different lengths that eigenvectors of their products, which are exact to what the longest leave, lack the digits
/// of the shortest. Cholesky's factors keep them: each row is as exact as it is long.
struct GradedMinibatches {
  private let split: GramSplit
  /// Relative rounding that eigenvectors leave in the shortest.
  private let rounding: Double

  /// Of F = b·Cov(g) + ḡḡᵀ of the gradients `rows`, `gram` holding the products of all in the metric's coordinates; nil where
  /// eigenvectors are exact enough.
  init?(_ gram: Matrix, rows: Range<Int>, batchSize: Double) {
    rounding = Self.rounding(gram, batchSize: batchSize)
    guard rounding > Self.enough else { return nil }
    split = GramSplit(minibatches: gram, rows: rows, batchSize: batchSize)
  }

  /// Below it eigenvectors are exact to 1e-6: what is measured is some 10⁻³ of the bound.
  private static let enough = 1e-3

  /// b·max K_ii ÷ min K_ii, in units of double precision's rounding: a bound.
  static func rounding(_ gram: Matrix, batchSize: Double) -> Double {
    let squares = gram.diagonal.filter { $0 > 0 }
    guard let least = squares.min(), let largest = squares.max() else { return 0 }
    return batchSize * (largest / least) * 0x1p-53
  }

  /// Whether held-out pairs of all gradients have to be solved one by one.
  static func isGraded(_ gram: Matrix, batchSizes: [Int]) -> Bool {
    rounding(gram, batchSize: batchSizes.harmonicMean) > enough
  }

  /// Q at ρ; nil where what cancels takes more digits than eigenvectors do.
  func innerProducts(weight: Double) -> Matrix? {
    guard let damped = split.damped(weight: weight) else { return nil }
    let amplification = Amplification.worst(
      gram: split.gradients, combination: damped.combination, factorSquares: split.factors.diagonal, weight: weight,
      innerProducts: damped.innerProducts)
    return amplification * 0x1p-53 < rounding ? damped.innerProducts : nil
  }
}
