/// Inner products Q_ij = g_iᵀA⁻¹g_j of the gradients that have a length in the metric A.
///
/// q_i = √Q_ii; cos_ij = Q_ij/(q_i q_j); R_ij = q_j(1 − cos_ij). One function of Q serves the Euclidean measure, where
/// A = I, and the KL measure, where A is the damped Fisher.
struct InnerProducts: Sendable {
  let matrix: Matrix

  /// The rows and columns of Q whose diagonal is positive, with their places in `matrix`.
  static func positive(_ matrix: Matrix) -> (InnerProducts, kept: [Int]) {
    let kept = (0..<matrix.rowCount).filter { matrix[$0, $0] > 0 }
    return (InnerProducts(matrix: kept.count == matrix.rowCount ? matrix : matrix.submatrix(kept, kept)), kept)
  }

  /// What is left of nearly equal gradients' differences below this share of their sizes is rounding's.
  static let rounding = 1e-12

  /// Those of the first `count` gradients.
  func prefix(_ count: Int) -> InnerProducts {
    count == matrix.rowCount ? self : InnerProducts(matrix: matrix.submatrix(0..<count, 0..<count))
  }

  var count: Int { matrix.rowCount }
  var norms: [Double] { matrix.diagonal.map { $0.squareRoot() } }

  /// R_ij: chosen on i, paid on j.
  var regrets: Matrix {
    let norms = norms
    return Matrix(count, count) { Self.size(norms[$1] - matrix[$0, $1] / norms[$0]) }
  }

  /// Q_ij ÷ (q_i q_j), which rounding does not take beyond ±1.
  static func cosine(_ product: Double, _ one: Double, _ other: Double) -> Double {
    max(-1, min(1, product / (one * other)))
  }

  /// A difference that is none below zero, where rounding left it there.
  static func size(_ difference: Double) -> Double { difference <= 0 ? 0 : difference }

  var cosines: Matrix {
    let norms = norms
    return Matrix(count, count) { Self.cosine(matrix[$0, $1], norms[$0], norms[$1]) }
  }

  /// Mean of 1 − cos_ij over i ≠ j; nil below two gradients.
  var meanSpread: Double? { count >= 2 ? 1 - PairSums(cosines).mean() : nil }

  /// q_i q_j
  private var lengthProducts: Matrix {
    let norms = norms
    return Matrix(count, count) { norms[$0] * norms[$1] }
  }

  /// The regret alone; nil below two gradients.
  var regret: Estimate? {
    guard count >= 2 else { return nil }
    let sums = PairSums(regrets)
    return Jackknife.estimate(count: count, scale: .logarithmic) { sums.mean(leaving: $0) }
  }

  /// The whole table at harmonic mean batch size b; nil below two gradients. `hasTIC` adds Takeuchi's criterion.
  func statistics(batchSize: Double, hasTIC: Bool) -> PairStatistics? {
    guard count >= 2 else { return nil }
    func estimate(_ scale: Jackknife.Scale = .linear, _ statistic: (Int?) -> Double) -> Estimate {
      Jackknife.estimate(count: count, scale: scale, statistic)
    }
    let regretSums = PairSums(regrets)
    let cosineSums = PairSums(cosines)
    let pairs = PairSums(matrix)
    let squares = TermSum(matrix.diagonal)
    let lengths = TermSum(norms)

    let regret = estimate(.logarithmic) { regretSums.mean(leaving: $0) }
    let norm = estimate(.logarithmic) { lengths.mean(leaving: $0) }
    let coherence = estimate { pairs.mean(leaving: $0) / squares.mean(leaving: $0) }
    let meanGradientSquare = estimate { pairs.mean(leaving: $0) }
    func noise(_ leaving: Int?) -> Double { Self.size(squares.mean(leaving: leaving) - pairs.mean(leaving: leaving)) }
    let wholeNoise = noise(nil)
    let rms = squares.mean().squareRoot()
    // Where it is rounding's, or so small that nothing can be divided by it, it is not known to be positive.
    let isPositive =
      meanGradientSquare.value > Self.rounding * PairSums(lengthProducts).mean()
      && (batchSize * wholeNoise / meanGradientSquare.value).isFinite
    return PairStatistics(
      regret: regret,
      cosine: estimate(.within(-1...1)) { cosineSums.mean(leaving: $0) },
      norm: norm,
      rmsNorm: rms,
      jensenRatio: min(1, norm.value / rms),
      relativeRegret: regret.value / norm.value,
      meanGradientSquare: meanGradientSquare,
      noise: wholeNoise,
      coherence: coherence,
      contrast: isPositive ? 1 / coherence.value : nil,
      noiseScale: isPositive
        ? estimate(.logarithmic) { batchSize * noise($0) / pairs.mean(leaving: $0) }
          .unbounded(where: meanGradientSquare.reachesZero) : nil,
      tic: hasTIC ? batchSize * wholeNoise : nil)
  }
}
