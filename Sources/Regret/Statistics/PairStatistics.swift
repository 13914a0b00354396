/// What a matrix of inner products Q_ij = g_iᵀA⁻¹g_j says about N gradients: Euclidean with A = I, KL with A the damped
/// Fisher. q_i = √Q_ii.
public struct PairStatistics: Hashable, Codable, Sendable {
  /// Mean over ordered pairs i ≠ j of R_ij = q_j(1 − cos_ij), per radius: nats per unit of parameter, or per √nat.
  public var regret: Estimate
  /// Mean over ordered pairs i ≠ j of Q_ij/(q_i q_j).
  public var cosine: Estimate
  /// Mean q_i.
  public var norm: Estimate
  /// √mean q_i².
  public var rmsNorm: Double
  /// norm/rmsNorm ≤ 1: E√tr(ggᵀ) against √tr E(ggᵀ).
  public var jensenRatio: Double
  /// regret/norm.
  public var relativeRegret: Double
  /// Mean Q_ij over i ≠ j: ‖E g‖², unbiased for a metric that has not seen these gradients; can be negative.
  public var meanGradientSquare: Estimate
  /// Mean Q_ii − meanGradientSquare = tr Cov(g) in the metric.
  public var noise: Double
  /// meanGradientSquare/mean Q_ii.
  public var coherence: Estimate
  /// 1/coherence, nil unless positive: a minibatch's squared slope against the mean loss's.
  public var contrast: Double?
  /// b·noise/meanGradientSquare, nil unless that is positive (McCandlish et al. 2018 in the Euclidean metric).
  public var noiseScale: Estimate?
  /// KL only: b·noise = tr(A⁻¹C), C the centred per-example gradient covariance; nil where it is a constant.
  public var tic: Double?
}

/// The regret under Fishers that saw neither minibatch of a pair.
public struct HeldOutStatistics: Hashable, Codable, Sendable {
  /// Mean over ordered pairs of R_ij.
  public var regret: Estimate
  /// Mean over ordered pairs of cos_ij.
  public var cosine: Estimate
  /// b·mean over i ≠ j of (½(Q_ii + Q_jj) − Q_ij).
  public var tic: Estimate
}
