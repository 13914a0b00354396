public import Checkpoint
public import CheckpointHDF5

/// The tensors of ``smallHeader(_:)`` in 7 and 2 columns.
public func smallSketchHeader() -> CheckpointHeader {
  var header = smallHeader()
  header.hasParameters = false
  header.factors[1].minibatches = [1, 2]
  header.sketch = SketchHeader(
    seed: 0xffff_ffff_0000_0001, pilotKind: .exact, pilotRowCount: 5, pilot: "a run/30", liveCount: 17, widths: [7, 2])
  return header
}

/// Squares of its rows: numbers that no two places share.
public func smallSquares(_ header: CheckpointHeader) -> CheckpointSquares {
  func squares(_ count: Int, from first: Double) -> SketchSquares {
    SketchSquares(
      raw: (0..<count).map { first + Double($0) + 0.5 }, whitened: (0..<count).map { first + Double($0) + 0.25 },
      outsidePilot: (0..<count).map { Double($0) / 64 })
  }
  return CheckpointSquares(
    gradients: squares(header.minibatchCount, from: 100),
    factors: Dictionary(
      uniqueKeysWithValues: header.factors.enumerated().map { index, factors in
        (factors.kind, squares(factors.rowCount, from: 200 + 100 * Double(index)))
      }))
}

/// Writes a sketch of `header` with rows as ``smallRow(_:of:)`` has them, as far as they go.
public func writeSmallSketch(
  _ header: CheckpointHeader = smallSketchHeader(), squares: CheckpointSquares? = nil, to path: String
) throws(CheckpointError) {
  var writer = try CheckpointWriter(header, to: path)
  let blocks =
    [(RowBlock.gradients, header.minibatchCount), (.sketchedGradients, header.minibatchCount)]
    + header.factors.map { (.factors($0.kind), $0.rowCount) }
  for (block, count) in blocks {
    for index in 0..<count {
      let row = Array(smallRow(index, of: block).prefix(header.columnCount))
      try writer.write(row.span, at: index, of: block)
    }
  }
  try writer.finish(
    losses: (0..<header.minibatchCount).map { Double($0) / 4 }, squares: squares ?? smallSquares(header))
}
