/// The places α along one direction at which a loss is evaluated: `count` of them, evenly spaced, both ends included.
public struct GridAxis: Hashable, Codable, Sendable {
  /// First place.
  public let lower: Double
  /// Last place.
  public let upper: Double
  /// Number of places.
  public let count: Int

  /// `count` places from `lower` to `upper`.
  public init(from lower: Double, to upper: Double, count: Int) {
    precondition(count >= 2 && lower < upper, "an axis needs two places")
    self.lower = lower
    self.upper = upper
    self.count = count
  }

  /// `count` places from −`radius` to `radius`; an odd count includes 0.
  public init(radius: Double, count: Int) { self.init(from: -radius, to: radius, count: count) }

  /// The axis with the given places; nil where they are fewer than two, not finite, not rising or not evenly spaced.
  public init?(_ places: [Double]) {
    guard places.count >= 2, let lower = places.first, let upper = places.last, lower < upper,
      (upper - lower).isFinite
    else { return nil }
    self.init(from: lower, to: upper, count: places.count)
    let tolerance = 1e-6 * spacing
    guard places.indices.allSatisfy({ abs(places[$0] - self[$0]) <= tolerance }) else { return nil }
  }

  /// Distance between neighbouring places.
  public var spacing: Double { (upper - lower) / Double(count - 1) }

  /// Place number `index`; what rounding alone keeps from 0 is 0.
  public subscript(index: Int) -> Double {
    let share = Double(index) / Double(count - 1)
    let place = lower * (1 - share) + upper * share
    return abs(place) < 1e-9 * spacing ? 0 : place
  }

  /// All places.
  public var places: [Double] { (0..<count).map { self[$0] } }

  /// The place that is exactly 0, if there is one.
  public var origin: Int? { (0..<count).first { self[$0] == 0 } }
}
