/// How a direction came about.
public enum DirectionOrigin: String, Hashable, Codable, Sendable, CaseIterable {
  /// Normal random numbers.
  case random
  /// From one checkpoint's parameters to another's.
  case between
  /// A natural-gradient step −A⁻¹g.
  case naturalGradient = "natural_gradient"
  /// Any other vector that the caller had.
  case given
}
