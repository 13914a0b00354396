internal import Checkpoint

/// A range that holds a statistic with the confidence it was made for.
public struct Interval: Hashable, Codable, Sendable {
  /// Lower end.
  public let lower: Double
  /// Upper end.
  public let upper: Double

  /// From `lower` to `upper`.
  public init(lower: Double, upper: Double) {
    self.lower = lower
    self.upper = upper
  }

  /// Whether `value` lies in it, ends included.
  public func contains(_ value: Double) -> Bool { lower <= value && value <= upper }

  /// Percentile bootstrap (Efron 1979): `statistic` of `resamples` draws of the members with replacement, and the middle
  /// `confidence` of its values. Whole clusters are drawn where `clusters` names what belongs together. nil where fewer
  /// than half of the draws give a value.
  public static func bootstrap(
    count: Int, clusters: [Int]? = nil, resamples: Int = 2_000, confidence: Double = 0.95, seed: UInt64 = 0,
    _ statistic: (_ drawn: Resample) -> Double?
  ) -> Interval? {
    let units = Clusters(clusters, count: count)
    guard units.members.count >= 2 else { return nil }
    var generator = SplitMix64(seed: seed)
    var values: [Double] = []
    values.reserveCapacity(resamples)
    for _ in 0..<resamples {
      if let value = statistic(units.resampled(using: &generator)) { values.append(value) }
    }
    guard values.count * 2 >= resamples, !values.isEmpty else { return nil }
    values.sort()
    let tail = (1 - confidence) / 2
    return Interval(lower: Quantile.of(values, tail), upper: Quantile.of(values, 1 - tail))
  }
}

/// Quantiles of a sorted list, linear between its members (type 7 of Hyndman and Fan 1996).
enum Quantile {
  static func of(_ sorted: [Double], _ share: Double) -> Double {
    let place = share * Double(sorted.count - 1)
    let below = Int(place.rounded(.down))
    let above = min(below + 1, sorted.count - 1)
    return sorted[below] + (place - Double(below)) * (sorted[above] - sorted[below])
  }
}
