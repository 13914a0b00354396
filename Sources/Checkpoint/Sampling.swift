/// Whether the rows of a checkpoint belong to one point in parameter space.
public enum Sampling: String, Codable, Sendable, CaseIterable {
  /// All rows at one θ, as the measure is defined.
  case fixed
  /// θ moved between rows (a passive hook): reported as a warning.
  case path
}
