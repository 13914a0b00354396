/// Losses of the same minibatches at every point of a grid: what a slice file holds besides its directions.
public struct LossSurface: Hashable, Codable, Sendable {
  /// Where the losses were evaluated.
  public let grid: SliceGrid
  /// What the axes are called.
  public let axisNames: [String]
  /// Examples in each minibatch, [N].
  public let batchSizes: [Int]
  /// f_i at every point [nats], [N][points]; not finite where the loss overflowed.
  public let minibatchLosses: [[Double]]
  /// Mean over all examples at every point [nats], [points].
  public let meanLoss: [Double]

  /// `minibatchLosses` on `grid`; the mean weighs minibatches by their sizes.
  public init(grid: SliceGrid, axisNames: [String], batchSizes: [Int], minibatchLosses: [[Double]]) {
    precondition(
      !batchSizes.isEmpty && batchSizes.count == minibatchLosses.count
        && minibatchLosses.allSatisfy { $0.count == grid.pointCount }, "a loss a minibatch and point")
    precondition(axisNames.count == grid.axes.count, "a name an axis")
    self.grid = grid
    self.axisNames = axisNames
    self.batchSizes = batchSizes
    self.minibatchLosses = minibatchLosses
    let total = Double(batchSizes.reduce(0, +))
    var mean = [Double](repeating: 0, count: grid.pointCount)
    for (size, losses) in zip(batchSizes, minibatchLosses) {
      let share = Double(size) / total
      for point in mean.indices { mean[point] += share * losses[point] }
    }
    meanLoss = mean
  }

  /// Those of the minibatches `kept` alone.
  public func selecting(_ kept: [Int]) -> LossSurface {
    LossSurface(
      grid: grid, axisNames: axisNames, batchSizes: kept.map { batchSizes[$0] },
      minibatchLosses: kept.map { minibatchLosses[$0] })
  }

  /// Number of minibatches N.
  public var minibatchCount: Int { batchSizes.count }
}
