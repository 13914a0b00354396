import Checkpoint
import CheckpointHDF5
import Checksum
import Foundation
import Landscape

/// Writes a slice of three points and two minibatches through the losses around `checkpoint`, a file of 18 parameters,
/// after `change`.
func writeSmallSlice(
  to path: String, beside checkpoint: String, _ change: (inout Slice) -> Void = { _ in }
) throws {
  let description = try CheckpointReader.describe(checkpoint)
  let direction = Direction(
    name: "first", origin: .random, scale: .none, seed: 7, values: [Float](repeating: 1, count: 18))
  var slice = Slice(
    creator: "test 1", created: "2026-01-01T00:00:00Z", name: "line",
    origin: CheckpointReference(
      run: description.run, step: description.step, file: URL(filePath: checkpoint).lastPathComponent,
      checksum: Slice.checksumText(description.checksum)),
    directions: [DirectionSummary(direction)],
    surface: LossSurface(
      grid: SliceGrid(GridAxis(radius: 1, count: 3)), axisNames: ["first"], batchSizes: [4, 5],
      minibatchLosses: [[1, 0, 1], [2, 1, 2]]))
  change(&slice)
  try SliceWriter.write(slice, directions: [direction], to: path)
}
