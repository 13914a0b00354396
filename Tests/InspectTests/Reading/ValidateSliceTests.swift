import Checkpoint
import Foundation
import Landscape
import TestSupport
import Testing

@Suite("inspect validate, of slices") struct ValidateSliceTests {
  let scratch: Scratch
  let run: String
  init() throws {
    scratch = try Scratch()
    run = scratch("run")
    try FileManager.default.createDirectory(atPath: run, withIntermediateDirectories: false)
    var header = smallHeader()
    header.sequence = 0
    try writeSmall(header, to: checkpoint)
  }

  private var checkpoint: String { run + "/step-00000030.h5" }
  private var file: String { run + "/step-00000030-line.slice.h5" }

  private func writeSlice(_ change: (inout Slice) -> Void = { _ in }) throws {
    try writeSmallSlice(to: file, beside: checkpoint, change)
  }

  private func validate(_ path: String) -> CommandOutcome { Command.inspect.run(["validate", path], in: scratch) }

  @Test("finds nothing wrong with a fresh one, alone and in its run")
  func fresh() throws {
    try writeSlice()
    for path in [file, run] {
      let outcome = validate(path)
      #expect(outcome.status == 0 && outcome.errors.isEmpty)
      #expect(outcome.output.contains("\(file): ok: slice line, step 30, 2 minibatches at 3 points\n"))
      let digests = outcome.output.split(separator: "\n").filter { $0.hasPrefix("\(file): sha256: ") }
      #expect(digests.count == 1 && digests[0].count == "\(file): sha256: ".count + 64)
      #expect(!outcome.output.contains("fault"))
    }
  }

  /// What is done to a fresh slice, and the fault that is found.
  struct Damage: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let fault: String
    let change: @Sendable (inout Slice) -> Void
  }

  @Test(
    "names what does not belong to its run",
    arguments: [
      Damage(testDescription: "run", fault: "slice: it was captured at another checkpoint than step-00000030.h5") {
        $0.origin.run = "another"
      },
      Damage(testDescription: "step", fault: "slice: it was captured at another checkpoint than step-00000030.h5") {
        $0.origin.step = 31
      },
      Damage(testDescription: "checksum", fault: "slice: it was captured at another checkpoint than step-00000030.h5") {
        $0.origin.checksum = "xxh3:0000000000000000"
      },
      Damage(testDescription: "file", fault: "slice: its checkpoint step-00000031.h5 is missing") {
        $0.origin.file = "step-00000031.h5"
      },
    ])
  func foreign(damage: Damage) throws {
    try writeSlice(damage.change)
    let outcome = validate(run)
    #expect(outcome.status == 1 && outcome.errorLines == ["\(run): 1 fault"])
    #expect(outcome.output.contains("\(file): fault: \(damage.fault)\n"))
  }

  @Test("names a cut one", arguments: [0, 600, 3_000])
  func cut(length: Int) throws {
    try writeSlice()
    try bytes(of: file).prefix(length).write(to: URL(filePath: file))
    for path in [file, run] {
      let outcome = validate(path)
      #expect(outcome.status == 1 && outcome.errorLines == ["\(path): 1 fault"])
      #expect(outcome.output.contains("\(file): fault: "))
    }
  }

  @Test(
    "tells what limits it: losses that overflowed, a name that no report looks for, a checkpoint told by step alone")
  func notes() throws {
    try writeSlice { slice in
      slice.name = "other"
      slice.origin.checksum = ""
      slice.surface = LossSurface(
        grid: slice.surface.grid, axisNames: ["first"], batchSizes: [4, 5],
        minibatchLosses: [[1, 0, 1], [2, .infinity, 2]])
    }
    let outcome = validate(run)
    #expect(outcome.status == 0)
    for note in [
      "it is not called step-00000030-other.slice.h5", "attribute checkpoint_checksum is missing or empty",
      "/loss: minibatch 1 has losses that are not finite", "a slice has no checksums",
    ] { #expect(outcome.output.contains("\(file): note: \(note)")) }
  }

  @Test("is not led to other files by what a slice says")
  func path() throws {
    try writeSlice { $0.origin.file = "../../etc/passwd" }
    #expect(validate(file).status == 0)
    #expect(validate(run).output.contains("\(file): fault: slice: its checkpoint ../../etc/passwd is missing\n"))
  }
}
