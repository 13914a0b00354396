public import Checkpoint
public import CheckpointHDF5

/// Two tensors of 18 columns in all, three minibatches, two kinds of factors and θ.
public func smallHeader(_ elementType: ElementType = .float32) -> CheckpointHeader {
  CheckpointHeader(
    creator: "test 1", created: "2026-01-01T00:00:00Z", run: "a run", sequence: 4, step: 30, likelihood: .categorical,
    elementType: elementType, batchSizes: [4, 5, 6],
    factors: [
      FactorHeader(kind: .exact, rowCount: 7, minibatches: [0, 1, 2, 0, 1, 2, -1]),
      FactorHeader(kind: .sampled, rowCount: 2, minibatches: nil),
    ],
    tensors: [TensorLayout("weight", shape: [3, 5]), TensorLayout("bïas", shape: [3])].columns, hasParameters: true,
    metrics: ["train_loss": 0.5])
}

/// Row `index` of `block` in files of ``writeSmall(_:to:operations:)``: numbers that float16 and bfloat16 hold exactly.
public func smallRow(_ index: Int, of block: RowBlock) -> [Float] {
  let seed = block == .gradients ? 1 : block == .parameters ? 2 : block == .sketchedGradients ? 4 : 3
  return (0..<18).map { Float(($0 * 7 + index * 5 + seed) % 64) / 8 - 4 }
}

/// Writes `header`'s rows as ``smallRow(_:of:)`` has them, and the losses 0, ¼, ½.
public func writeSmall(
  _ header: CheckpointHeader = smallHeader(), to path: String, operations: FileOperations = .system
) throws(CheckpointError) {
  var writer = try CheckpointWriter(header, to: path, operations: operations)
  for (block, count) in rows(of: header) {
    for index in 0..<count {
      let row = smallRow(index, of: block)
      try writer.write(row.span, at: index, of: block)
    }
  }
  try writer.finish(losses: (0..<header.minibatchCount).map { Double($0) / 4 })
}
