import Checkpoint
import CheckpointHDF5
import Foundation
import GradientProbe
import TestSupport
import Testing

/// Ctrl-C and SIGTERM in the middle of a recording, by a real process. `SOAK=1` takes the long form.
@Suite("A recording that is interrupted", .serialized) struct InterruptFaultTests {
  static let isLong = ProcessInfo.processInfo.environment["SOAK"] != nil
  static let recorder = Command(Command.builtProduct("checkpoint-writer"))
  let scratch: Scratch
  init() throws { scratch = try Scratch() }

  /// The checkpoints of `directory` by number; fails where one is not whole.
  private func checkpoints(in directory: String) throws -> [(file: String, description: CheckpointDescription)] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
    #expect(names.allSatisfy { $0.hasSuffix(".h5") || $0.hasSuffix(".h5.tmp") })
    return try names.filter { $0.hasSuffix(".h5") }.sorted().map { name in
      let rows = try Rows(directory + "/" + name)
      #expect(rows.gradients == (0..<3).map { smallRow($0, of: .gradients) })
      return (directory + "/" + name, rows.description)
    }
  }

  @Test("leaves whole checkpoints, is not written over, and goes on where it was", arguments: [SIGINT, SIGTERM])
  func goesOn(signal: Int32) throws {
    var interruptedCount = 0
    for index in 0..<(Self.isLong ? 100 : 4) {
      let directory = scratch("run-\(index)")
      let outcome = Self.recorder.run(
        ["record", directory, "5000"], in: scratch, seconds: .random(in: 0.05...0.4), then: signal)
      #expect(outcome.signal == signal)
      let before = try checkpoints(in: directory)
      let contents = try before.map { try bytes(of: $0.file) }

      if !before.isEmpty {
        interruptedCount += 1
        let again = Self.recorder.run(["record", directory, "5000"], in: scratch)
        #expect(again.status == 1)
        #expect(again.output.contains("failed \(directory): it holds \(before.count) checkpoint"))
        #expect(try checkpoints(in: directory).map(\.file) == before.map(\.file))
      }

      let resumed = Self.recorder.run(["resume", directory, "\(before.count + 3)"], in: scratch)
      #expect(resumed.status == 0 && !resumed.output.contains("failed"))
      let after = try checkpoints(in: directory)
      #expect(after.map(\.description.sequence) == Array(0..<(before.count + 3)))
      #expect(Set(after.map(\.description.run)).count == 1)
      #expect(before.isEmpty || after.first?.description.run == before.first?.description.run)
      #expect(RunDirectory.faults(of: after).isEmpty)
      #expect(try before.map { try bytes(of: $0.file) } == contents)
      #expect(try !names(in: directory).contains { $0.hasSuffix(".tmp") })
      try FileManager.default.removeItem(atPath: directory)
    }
    #expect(interruptedCount > 0)
  }
}
