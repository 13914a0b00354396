import Checkpoint
import CheckpointHDF5
import Foundation
import TestSupport
import Testing

@Suite("inspect validate") struct ValidateTests {
  let scratch: Scratch
  let run: String
  init() throws {
    scratch = try Scratch()
    run = scratch("run")
    try FileManager.default.createDirectory(atPath: run, withIntermediateDirectories: false)
    for index in 0..<4 {
      var header = smallHeader()
      header.sequence = index
      header.step = index * 10
      try writeSmall(header, to: file(index))
    }
  }

  private func file(_ index: Int) -> String { run + "/step-000000\(index)0.h5" }

  @Test("finds nothing wrong with a fresh run")
  func fresh() throws {
    let outcome = Command.inspect.run(["validate", run], in: scratch)
    #expect(outcome.status == 0 && outcome.errors.isEmpty)
    let lines = outcome.output.split(separator: "\n")
    #expect(lines.filter { $0.contains(": ok: ") && $0.contains("all checksums match") }.count == 4)
    #expect(!outcome.output.contains("fault"))
  }

  @Test("tells the SHA-256 that sha256sum tells", .enabled(if: FileManager.default.fileExists(atPath: sha256sum)))
  func digest() throws {
    let expected = Command(Self.sha256sum).run([file(0)], in: scratch).output.prefix(64)
    let outcome = Command.inspect.run(["validate", file(0)], in: scratch)
    #expect(expected.count == 64 && outcome.output.contains("\(file(0)): sha256: \(expected)\n"))
  }

  @Test("says where it cannot see: nobody tells how many files there were to be")
  func lastMissing() throws {
    try FileManager.default.removeItem(atPath: file(3))
    let outcome = Command.inspect.run(["validate", run], in: scratch)
    #expect(outcome.status == 0 && !outcome.output.contains("fault"))
  }

  @Test("tells the groups of minibatches, and what limits them")
  func groups() throws {
    var header = smallHeader()
    header.groups = MinibatchGroups(names: ["train", "validation"], ids: [0, 0, 1])
    try writeSmall(header, to: scratch("groups.h5"))
    let outcome = Command.inspect.run(["validate", scratch("groups.h5")], in: scratch)
    #expect(outcome.status == 0)
    #expect(outcome.output.contains("note: group \"validation\" has one minibatch"))
    #expect(outcome.output.contains("note: minibatches of different groups differ in size"))
    #expect(
      outcome.output.contains("3 gradients of 18 parameters, 2 of \"train\", 1 of \"validation\", 7 exact factors"))
  }

  @Test("names a missing file")
  func missing() throws {
    try FileManager.default.removeItem(atPath: file(1))
    let outcome = Command.inspect.run(["validate", run], in: scratch)
    #expect(outcome.status == 1)
    #expect(outcome.output.contains("\(file(2)): fault: run: number 1 of run a run before it is missing\n"))
  }

  @Test("names swapped files")
  func swapped() throws {
    try FileManager.default.moveItem(atPath: file(1), toPath: run + "/x")
    try FileManager.default.moveItem(atPath: file(2), toPath: file(1))
    try FileManager.default.moveItem(atPath: run + "/x", toPath: file(2))
    let outcome = Command.inspect.run(["validate", run], in: scratch)
    #expect(outcome.status == 1)
    for index in [1, 2] { #expect(outcome.output.contains("\(file(index)): fault: run: it is named for step")) }
  }

  @Test("names the tile of an altered gradient")
  func altered() throws {
    guard case .contiguous(let offset) = try CheckpointReader.describe(file(3)).gradients.storage else {
      throw CocoaError(.fileReadUnknown)
    }
    try flip(bit: 2, at: offset + 18 * 4, of: file(3))
    let outcome = Command.inspect.run(["validate", run], in: scratch)
    #expect(outcome.status == 1)
    #expect(
      outcome.output.contains("\(file(3)): fault: /gradients, row 1, columns 0 to 17: damaged: its checksum differs\n"))
    #expect(outcome.errorLines == ["\(run): 1 fault"])
  }

  private static let sha256sum = "/usr/bin/sha256sum"
}
