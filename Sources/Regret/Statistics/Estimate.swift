/// A statistic, its jackknife standard error and its 95% interval.
public struct Estimate: Hashable, Codable, Sendable {
  /// The statistic.
  public var value: Double
  /// √((N−1)/N Σ(s₋ᵢ − s̄₋)²), leaving one minibatch out at a time; nil below 3 gradients.
  public var standardError: Double?
  /// The 95% interval, on the scale on which the statistic's errors are most alike; nil without a standard error.
  public var interval: Interval?
  /// What sketching adds to that; nil where rows are whole, or it is not known.
  public var sketch: SketchError?

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

extension Estimate {
  /// Whether its interval holds 0.
  var reachesZero: Bool { interval.map { $0.low <= 0 } ?? false }

  /// Without an upper end where what it is divided by may be 0.
  func unbounded(where isUnbounded: Bool) -> Estimate {
    guard isUnbounded, let interval else { return self }
    return Estimate(value: value, standardError: standardError, interval: .init(low: interval.low, high: nil))
  }

  /// The same times `factor`, which is positive.
  func scaled(by factor: Double) -> Estimate {
    Estimate(
      value: value * factor, standardError: standardError.map { $0 * factor },
      interval: interval.map { Interval(low: $0.low * factor, high: $0.high.map { $0 * factor }) })
  }
}

/// How far a number made of sketched rows may be from that of whole ones.
public struct SketchError: Hashable, Codable, Sendable {
  /// The standard error over sketches.
  public var standardError: Double
  /// The 95% interval.
  public var interval: Estimate.Interval

  /// An error with its interval.
  public init(standardError: Double, interval: Estimate.Interval) {
    self.standardError = standardError
    self.interval = interval
  }
}
