/// Where a loss is smallest: at the smallest value on a grid, and within the grid at the minimum of the quadratic through
/// that and its neighbours.
public struct SurfaceMinimum: Hashable, Codable, Sendable {
  /// Its α along each axis: α₀ + δ, where δ = −H⁻¹g from central differences at the smallest value f₀ (g, H with its mixed
  /// term), as long as H is positive definite and δ is no more than a place along each axis; else α₀.
  public let coordinates: [Double]
  /// The loss there [nats]: f₀ + ½ gᵀδ.
  public let loss: Double
  /// The loss at θ itself less that [nats], ≥ 0.
  public let depth: Double
  /// Whether it lies on the grid's edge, so that the loss falls on beyond it.
  public let isAtEdge: Bool
}
