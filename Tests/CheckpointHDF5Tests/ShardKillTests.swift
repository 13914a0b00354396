import Checkpoint
import CheckpointHDF5
import Checksum
import Foundation
import TestSupport
import Testing

/// Kills real processes that record one run together. `SOAK=1` takes the long form.
@Suite("A rank that is killed at any moment", .tags(.faults)) struct ShardKillTests {
  static let isLong = ProcessInfo.processInfo.environment["SOAK"] != nil
  static let rankCount = 3
  static let steps = 40
  let scratch: Scratch
  init() throws { scratch = try Scratch() }

  private func start(_ rank: Int, steps: Int) throws -> Process {
    let process = Process()
    process.executableURL = URL(filePath: Command.builtProduct("checkpoint-writer"))
    process.arguments = ["shard", scratch("run"), "\(steps)", "\(rank)", "\(Self.rankCount)"]
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    try process.run()
    return process
  }

  /// Every published checkpoint, which must be exact.
  private func published() throws -> [String] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: scratch("run"))) ?? []
    let checkpoints = names.filter { $0.hasSuffix(".h5") }.sorted()
    for (sequence, name) in checkpoints.enumerated() {
      let checkpoint = try CheckpointReader.open(scratch("run/" + name))
      #expect(checkpoint.description.sequence == sequence, "\(name)")
      let blocks = try checkpoint.gradients()
      #expect(try blocks.elementFaults() == ElementFaults(damaged: []))
      var found = [Float](repeating: 0, count: 3 * 18)
      try found.withUnsafeMutableBytes { bytes in
        var span = MutableRawSpan(_unsafeBytes: bytes)
        try blocks.copy(rows: 0..<3, columns: 0..<18, to: &span, rowStride: 72)
      }
      #expect(found == (0..<3).flatMap { smallRow($0, of: .gradients) })
    }
    return checkpoints
  }

  @Test("costs the checkpoint being written and nothing else", .timeLimit(.minutes(120))) func kills() throws {
    var generator = SystemRandomNumberGenerator()
    var (killed, midway) = (0, 0)
    var before: [String] = []
    for round in 0..<(Self.isLong ? 1_000 : 9) {
      if before.count >= Self.steps { try FileManager.default.removeItem(atPath: scratch("run")) }
      let processes = try (0..<Self.rankCount).map { try start($0, steps: Self.steps) }
      // Long enough for some checkpoints, too short for all of them as a rule.
      usleep(UInt32.random(in: 5_000...300_000, using: &generator))
      let victim = processes[round % Self.rankCount]
      if victim.isRunning {
        kill(victim.processIdentifier, SIGKILL)
        killed += 1
      }
      for process in processes { process.waitUntilExit() }
      before = try published()
      if (1..<Self.steps).contains(before.count) { midway += 1 }
    }
    // A kill that always came too early or too late would show nothing.
    #expect(killed > 0 && midway > 0)

    // The next run goes on and leaves nothing unfinished.
    let processes = try (0..<Self.rankCount).map { try start($0, steps: Self.steps) }
    for process in processes {
      process.waitUntilExit()
      #expect(process.terminationStatus == 0)
    }
    #expect(try published().count == Self.steps)
    let left = scratch.names + ((try? FileManager.default.contentsOfDirectory(atPath: scratch("run"))) ?? [])
    #expect(!left.contains { $0.hasSuffix(".tmp") })
  }
}
