import Checkpoint
import CheckpointHDF5

/// Six minibatches and twelve factor rows of 40,100 columns in five tensors.
func writeWide(
  step: Int = 1, seed: UInt64 = 3, kinds: [FisherKind] = [.sampled], to path: String
) throws {
  let header = CheckpointHeader(
    creator: "test", created: "2026-01-01T00:00:00Z", run: "a run", sequence: step - 1, step: step,
    elementType: .float32, batchSizes: [4, 4, 4, 4, 4, 4],
    factors: kinds.map { FactorHeader(kind: $0, rowCount: 12, minibatches: (0..<12).map { $0 / 2 }) },
    tensors: [
      TensorLayout("a", shape: [100, 100]), TensorLayout("b", shape: [23_000]), TensorLayout("c", shape: [7]),
      TensorLayout("d", shape: [7_089]), TensorLayout("e", shape: [4]),
    ]
    .columns, hasParameters: true)
  var writer = try CheckpointWriter(header, to: path)
  var generator = SplitMix64(seed: seed)
  func row() -> [Float] {
    (0..<40_100).map { Float(0.3 * Double(step) + generator.normal()) * Float(1 + $0 % 7) }
  }
  let parameters = row()
  for index in 0..<6 { try writer.write(row().span, at: index, of: .gradients) }
  for kind in kinds {
    for index in 0..<12 { try writer.write(row().span, at: index, of: .factors(kind)) }
  }
  try writer.write(parameters.span, at: 0, of: .parameters)
  try writer.finish(losses: [1, 2, 3, 4, 5, 6])
}
