internal import Checkpoint

/// The weight of `auto` where inner products of all factor rows do not fit into memory at once: they are formed a tile of
/// rows at a time, each with a read of its own.
enum TiledShrinkage {
  static func weight(
    _ input: AuditInput, _ plan: AuditPlan, groups: [[Int]], sums: GramSums, isDouble: Bool
  ) throws -> Double {
    let first = input.gradients.rowCount
    let total = plan.factors!.rows.rowCount
    let height = tileHeight(plan, rowCount: first + total)
    let noise = SketchNoise(input)
    var squares = Shrinkage.Squares(
      groups: groups, factorCount: total, noise: noise.map { ($0, sums.factorSquares) })
    var row = 0
    while row < total {
      let tile = row..<min(total, row + height)
      var request = plan.spanRequest(input)
      request.groups = nil
      request.tile = (first + tile.lowerBound)..<(first + tile.upperBound)
      let all = [0..<input.gradients.columnCount]
      let part =
        isDouble
        ? try GramPass.run(request, over: all, plan: plan, in: Double.self)
        : try GramPass.run(request, over: all, plan: plan, in: Float.self)
      squares.add(rows: tile, part.tile!.submatrix(0..<tile.count, first..<(first + total)))
      row = tile.upperBound
    }
    let found = squares.sums
    if let noise { return Shrinkage.weight(found, liveCount: noise.liveCount) }
    return Shrinkage.weight(
      groupSquares: found.groups, meanSquare: found.mean,
      groupDiagonalSquare: sums.columnSums.groupDiagonalSquare, meanDiagonalSquare: sums.columnSums.meanDiagonalSquare)
  }

  /// Rows of a tile whose products take a quarter of the bound, in a worker and in the total.
  static func tileHeight(_ plan: AuditPlan, rowCount: Int) -> Int {
    max(1, plan.memoryBound / 4 / (8 * (2 + plan.workerCount)) / rowCount)
  }
}
