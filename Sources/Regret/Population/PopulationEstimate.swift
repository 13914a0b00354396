/// The regret under the population's damped Fisher at the audit's ρ: between ``KLMeasures/inSample`` and
/// ``KLMeasures/heldOut``, with intervals that count minibatches and factors alike.
///
/// Supported where few enough factor rows are out of proportion to their number; elsewhere ``supported`` says at which ρ
/// the file is enough, and ``factorRows`` how many rows this ρ would take.
public struct PopulationEstimate: Hashable, Codable, Sendable {
  /// Mean over ordered pairs of R_ij.
  public var regret: Estimate
  /// Mean over ordered pairs of cos_ij.
  public var cosine: Estimate
  /// Mean over ordered pairs of q_j.
  public var norm: Estimate
  /// regret/norm.
  public var relativeRegret: Estimate
  /// b·mean over i ≠ j of (½(Q_ii + Q_jj) − Q_ij).
  public var tic: Estimate
  /// tic ÷ mean Q_ij over i ≠ j; nil unless that is positive.
  public var noiseScale: Estimate?
  /// Share of the Fisher's trace, where D = 1, in directions of the factor rows that no weight makes count as if they were
  /// not their own neighbours.
  public var capped: Double
  /// Share of Σ‖D^{-½}g‖² in coordinates whose D is made by fewer than four minibatches, counted as (Σ)²/Σ(·²); 0 for
  /// `identity`, whose D is the same everywhere. Nil where rows are sketched, which does not tell.
  public var thin: Double?
  /// (Σq)²/Σq² of the minibatches: how many of them the mean is made of.
  public var effectiveMinibatches: Double
  /// Why the numbers are not to be relied upon; nil where they are.
  public var shortcoming: Shortcoming?
  /// The smallest ρ at which the factors are enough, and the estimate there; nil where they are, or at no ρ.
  public var supported: Supported?
  /// About how many factor rows would do for this ρ; nil where those there are do.
  public var factorRows: Int?

  /// Whether the numbers may be relied upon.
  public var isSupported: Bool { shortcoming == nil }

  /// What a file lacks.
  public enum Shortcoming: String, Hashable, Codable, Sendable {
    /// ``capped`` is above ``PopulationEstimate/largestCapped``.
    case fewFactors = "few_factors"
    /// ``thin`` is above ``PopulationEstimate/largestThin``.
    case thinCoordinates = "thin_coordinates"
    /// ``effectiveMinibatches`` is below ``PopulationEstimate/leastEffectiveMinibatches``.
    case fewMinibatches = "few_minibatches"
  }

  /// The estimate at another ρ.
  public struct Supported: Hashable, Codable, Sendable {
    /// ρ
    public var weight: Double
    /// Its regret.
    public var regret: Estimate
    /// Its cosine.
    public var cosine: Estimate
  }

  /// The largest ``capped`` at which the bias stayed within 5% in docs/estimate.
  public static let largestCapped = 0.25
  /// The largest ``thin`` at which the bias stayed within 5% in docs/estimate.
  public static let largestThin = 0.03
  /// The least number of effective minibatches at which intervals held in docs/estimate.
  public static let leastEffectiveMinibatches = 4.0
}
