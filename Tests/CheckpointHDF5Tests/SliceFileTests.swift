import Checkpoint
import CheckpointHDF5
import Foundation
import Landscape
import TestSupport
import Testing

@Suite("Slice files")
struct SliceFileTests {
  let scratch: Scratch
  init() throws { scratch = try Scratch() }

  private static let plane = SliceGrid(GridAxis(radius: 1, count: 5), GridAxis(from: -0.5, to: 1, count: 4))
  private static let directions = [
    Direction(name: "ërste", origin: .random, scale: .filter, seed: 7, values: [3, 4, 0]),
    Direction(name: "second", origin: .naturalGradient, scale: .none, values: [0, 0, -2]),
  ]

  private func slice(_ grid: SliceGrid, _ directions: [Direction]) -> Slice {
    let losses = (0..<3).map { minibatch in (0..<grid.pointCount).map { Double($0 * $0 + minibatch) / 7 } }
    return Slice(
      creator: "test 1", created: "2026-01-01T00:00:00Z", name: "näme",
      origin: CheckpointReference(run: "a run", step: 30, file: "step-00000030.h5", checksum: "x:01"),
      directions: directions.map(DirectionSummary.init),
      surface: LossSurface(
        grid: grid, axisNames: directions.map(\.name), batchSizes: [4, 5, 6], minibatchLosses: losses))
  }

  @Test("what is written is read again", arguments: [1, 2])
  func roundTrip(axes: Int) throws {
    let grid = axes == 2 ? Self.plane : SliceGrid(Self.plane.first)
    let directions = Array(Self.directions.prefix(axes))
    let slice = slice(grid, directions)
    let path = scratch.path + "/a.slice.h5"
    try SliceWriter.write(slice, directions: directions, to: path)
    #expect(scratch.names == ["a.slice.h5"])
    #expect(try SliceReader(path).slice == slice)
  }

  @Test("groups of minibatches are read again, and refused where they contradict themselves")
  func groups() throws {
    var slice = slice(SliceGrid(Self.plane.first), [Self.directions[0]])
    slice.groups = MinibatchGroups(names: ["train", "validation"], ids: [0, 1, 0])
    let path = scratch.path + "/a.slice.h5"
    try SliceWriter.write(slice, directions: [Self.directions[0]], to: path)
    #expect(try SliceReader(path).slice == slice)
    slice.groups?.ids = [0, 2, 0]
    #expect(throws: CheckpointError.self) {
      try SliceWriter.write(slice, directions: [Self.directions[0]], to: scratch.path + "/b.slice.h5")
    }
  }

  @Test("losses that overflowed stay what they were")
  func overflow() throws {
    var slice = slice(SliceGrid(Self.plane.first), [Self.directions[0]])
    let losses = [[Double.infinity, 1, 2, .nan, -.infinity]]
    slice.surface = LossSurface(
      grid: slice.surface.grid, axisNames: ["ërste"], batchSizes: [4], minibatchLosses: losses)
    let path = scratch.path + "/a.slice.h5"
    try SliceWriter.write(slice, directions: [Self.directions[0]], to: path)
    let read = try SliceReader(path).slice.surface.minibatchLosses[0]
    #expect(zip(read, losses[0]).allSatisfy { $0 == $1 || ($0.isNaN && $1.isNaN) })
  }

  @Test("a slice is no checkpoint, and a checkpoint no slice")
  func formats() throws {
    let (slicePath, checkpointPath) = (scratch.path + "/a.slice.h5", scratch.path + "/a.h5")
    try SliceWriter.write(slice(Self.plane, Self.directions), directions: Self.directions, to: slicePath)
    try writeSmall(to: checkpointPath)
    #expect(throws: CheckpointError(file: slicePath, cause: .notCheckpoint(format: "gradient-probe-slice"))) {
      try CheckpointReader.describe(slicePath)
    }
    let error = #expect(throws: CheckpointError.self) { try SliceReader(checkpointPath) }
    #expect(error?.description.contains("\"gradient-probe\" is not \"gradient-probe-slice\"") == true)
  }

  @Test("an existing file stays, and a disk that fails leaves nothing")
  func refusals() throws {
    let path = scratch.path + "/a.slice.h5"
    try SliceWriter.write(slice(Self.plane, Self.directions), directions: Self.directions, to: path)
    #expect(throws: CheckpointError(file: path, cause: .alreadyExists)) {
      try SliceWriter.write(slice(Self.plane, Self.directions), directions: Self.directions, to: path)
    }
    var operations = FileOperations.system
    operations.synchronize = { _ throws(SystemError) in throw SystemError("fsync", code: EIO) }
    #expect(throws: CheckpointError.self) {
      try SliceWriter.write(
        slice(Self.plane, Self.directions), directions: Self.directions, to: scratch.path + "/b.slice.h5",
        operations: operations)
    }
    #expect(scratch.names == ["a.slice.h5"])
  }

  @Test("directions that do not belong to the slice are refused")
  func mismatch() throws {
    let path = scratch.path + "/a.slice.h5"
    #expect(throws: CheckpointError.self) {
      try SliceWriter.write(slice(Self.plane, Self.directions), directions: [Self.directions[0]], to: path)
    }
    var broken = Self.directions
    broken[1] = Direction(name: "second", origin: .naturalGradient, values: [.nan, 0, 1])
    #expect(throws: CheckpointError.self) {
      try SliceWriter.write(slice(Self.plane, broken), directions: broken, to: path)
    }
    #expect(scratch.names.isEmpty)
  }

  @Test("a cut file is refused in one line", arguments: [0, 100, 600, 2_000, 4_000])
  func truncated(length: Int) throws {
    let path = scratch.path + "/a.slice.h5"
    try SliceWriter.write(slice(Self.plane, Self.directions), directions: Self.directions, to: path)
    let bytes = try Data(contentsOf: URL(filePath: path))
    try bytes.prefix(length).write(to: URL(filePath: path))
    let error = #expect(throws: CheckpointError.self) { try SliceReader(path) }
    #expect(error?.description.contains("\n") == false)
  }
}
