#if canImport(Darwin)
  internal import Darwin
#else
  internal import Glibc
#endif

/// Values that lie far from the others, by the modified z-score of Iglewicz and Hoaglin (1993): |x − median| > 3.5 times
/// the median absolute deviation ÷ 0.6745, which for a normal distribution is its standard deviation.
struct Outliers {
  enum Side { case below, above }

  private let center: Double
  private let reach: Double

  /// Fewer say nothing of what is usual.
  private static let fewest = 8

  init(_ values: [Double]) {
    let finite = values.filter(\.isFinite).sorted()
    guard finite.count >= Self.fewest else {
      (center, reach) = (0, .infinity)
      return
    }
    let center = Self.median(finite)
    let deviations = finite.map { abs($0 / 2 - center / 2) * 2 }.sorted()
    // Where half of them are the same, the mean deviation stands in, times what makes it a standard deviation.
    let median = Self.median(deviations) / 0.6745
    let mean = deviations.reduce(0) { $0 + $1 / Double(deviations.count) } * 1.2533
    self.center = center
    reach = 3.5 * (median > 0 ? median : mean)
  }

  /// Where `value` lies far off; nil where it does not.
  func side(of value: Double) -> Side? {
    guard value.isFinite, reach.isFinite, reach > 0, abs(value - center) > reach else { return nil }
    return value < center ? .below : .above
  }

  /// For sizes, of which the ratio counts.
  static func logarithm(_ value: Double) -> Double { log(value) }

  private static func median(_ sorted: [Double]) -> Double {
    let middle = sorted.count / 2
    return sorted.count.isMultiple(of: 2) ? sorted[middle - 1] / 2 + sorted[middle] / 2 : sorted[middle]
  }
}
