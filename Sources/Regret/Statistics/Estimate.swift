/// A statistic and its jackknife standard error.
public struct Estimate: Hashable, Codable, Sendable {
  /// The statistic.
  public var value: Double
  /// √((N−1)/N Σ(s₋ᵢ − s̄₋)²), leaving one minibatch out at a time; nil below 3 gradients.
  public var standardError: Double?

  /// `value` ± `standardError`.
  public init(value: Double, standardError: Double?) {
    self.value = value
    self.standardError = standardError
  }
}
