/// How a Fisher estimate is made invertible. ρ ∈ (0, 1] is a weight, not an addition, so that the scale of the metric
/// and the unit of regret stay whatever ρ is. D = diag F and t = mean of D on the live coordinates.
public enum Damping: Hashable, Codable, Sendable {
  /// `diagonal` with Schäfer and Strimmer's weight.
  case auto
  /// A = (1−ρ)F + ρD: invariant under any rescaling of single parameters.
  case diagonal(Double)
  /// A = (1−ρ)F + ρ·t·I: invariant under orthogonal maps and one common scale.
  case identity(Double)
  /// A⁻¹ the pseudo-inverse on the range of D^{-½}FD^{-½}, eigenvalues below 1e-6 of the largest cut.
  case none
}

/// A damping with its weight settled.
public struct ResolvedDamping: Hashable, Codable, Sendable {
  /// Which matrix F is mixed with.
  public enum Kind: String, Hashable, Codable, Sendable {
    /// With its own diagonal.
    case diagonal
    /// With the mean of its diagonal times I.
    case identity
    /// With nothing.
    case none
  }

  /// Which matrix F is mixed with.
  public var kind: Kind
  /// ρ; nil for `none`.
  public var weight: Double?
  /// ρ that `auto` gives these rows, where a comparison took another one for all of its files.
  public var ownWeight: Double?

  /// `kind` at `weight`.
  public init(kind: Kind, weight: Double?, ownWeight: Double? = nil) {
    self.kind = kind
    self.weight = weight
    self.ownWeight = ownWeight
  }
}
