/// A statistic, its jackknife standard error and its 95% interval.
public struct Estimate: Hashable, Codable, Sendable {
  /// The statistic.
  public var value: Double
  /// √((N−1)/N Σ(s₋ᵢ − s̄₋)²), leaving one minibatch out at a time; nil below 3 gradients.
  public var standardError: Double?
  /// The 95% interval, on the scale on which the statistic's errors are most alike; nil without a standard error.
  public var interval: Interval?

  /// `value` ± `standardError`.
  public init(value: Double, standardError: Double?, interval: Interval? = nil) {
    self.value = value
    self.standardError = standardError
    self.interval = interval
  }

  /// The ends of an interval.
  public struct Interval: Hashable, Codable, Sendable {
    /// Its lower end.
    public var low: Double
    /// Its upper end; nil where the data set no bound.
    public var high: Double?

    /// From `low` to `high`.
    public init(low: Double, high: Double?) {
      self.low = low
      self.high = high
    }
  }
}
