/// The points θ + Σ_k α_k d_k of a slice through parameter space, along one direction or two. Point number
/// `row`·`columns` + `column` lies at place `column` of the first axis and place `row` of the second.
public struct SliceGrid: Hashable, Codable, Sendable {
  /// Along the first direction.
  public let first: GridAxis
  /// Along the second direction; nil for a line.
  public let second: GridAxis?

  /// A line, or a plane where there is a `second` axis.
  public init(_ first: GridAxis, _ second: GridAxis? = nil) {
    self.first = first
    self.second = second
  }

  /// Axes, the first one first.
  public var axes: [GridAxis] { [first] + (second.map { [$0] } ?? []) }
  /// Number of points.
  public var pointCount: Int { first.count * (second?.count ?? 1) }

  /// α of point `index`, a number a direction.
  public func coordinates(of index: Int) -> [Double] {
    let along = first[index % first.count]
    guard let second else { return [along] }
    return [along, second[index / first.count]]
  }

  /// The point at θ itself, if the grid has it.
  public var center: Int? {
    guard let column = first.origin else { return nil }
    guard let second else { return column }
    return second.origin.map { $0 * first.count + column }
  }

  /// δ = Σ_k α_k d_k [P] of point `index`, into `offset`.
  public func offset(of index: Int, along directions: [Direction], into offset: inout [Float]) {
    let coordinates = coordinates(of: index)
    precondition(directions.count == coordinates.count, "a direction an axis")
    let alpha = Float(coordinates[0])
    let values = directions[0].values
    precondition(offset.count == values.count, "an offset has as many numbers as there are parameters")
    for column in offset.indices { offset[column] = alpha * values[column] }
    if coordinates.count > 1 {
      let beta = Float(coordinates[1])
      let values = directions[1].values
      for column in offset.indices { offset[column] += beta * values[column] }
    }
  }
}
