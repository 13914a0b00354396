/// Where a loss is smallest on a grid.
public struct SurfaceMinimum: Hashable, Codable, Sendable {
  /// Its α along each axis.
  public let coordinates: [Double]
  /// The loss there [nats].
  public let loss: Double
  /// The loss at θ itself less that [nats], ≥ 0.
  public let depth: Double
  /// Whether it lies on the grid's edge, so that the loss falls on beyond it.
  public let isAtEdge: Bool
}
