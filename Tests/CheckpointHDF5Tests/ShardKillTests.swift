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

  /// Calls that change what is on the disk or who holds a lock: between two of them nothing happens that others can see.
  static let calls = ["mkdir", "ftruncate", "flock", "write", "pwrite64", "fsync", "rename", "renameat2", "unlink"]

  /// Ends a rank by SIGKILL as it enters its `place`-th call of `name`; false where it makes no more so many. (strace)
  private func end(rank victim: Int, at name: String, _ place: Int) throws -> Bool {
    try? FileManager.default.removeItem(atPath: scratch("run"))
    let others = try (0..<Self.rankCount).filter { $0 != victim }.map { try start($0, steps: 2) }
    let outcome = Command("strace").run(
      ["-f", "-qq", "-o", "/dev/null", "-e", "trace=\(name)", "-e", "inject=\(name):signal=SIGKILL:when=\(place)"]
        + [Command.builtProduct("checkpoint-writer"), "shard", scratch("run"), "2", "\(victim)", "\(Self.rankCount)"],
      in: scratch, seconds: 30)
    for process in others { process.waitUntilExit() }
    return outcome.signal == SIGKILL
  }

  /// Whether processes may be traced here.
  static let canTrace =
    (try? Scratch()).map { scratch in
      Command("strace").run(["-qq", "-o", "/dev/null", "true"], in: scratch, seconds: 10).status == 0
    } ?? false

  @Test(
    "costs no more at any boundary between two calls, each in turn", .enabled(if: canTrace), .timeLimit(.minutes(120)),
    arguments: 0..<rankCount)
  func boundaries(rank: Int) throws {
    var count = 0
    for name in Self.calls {
      // In the short form one of many.
      var place = Self.isLong ? 1 : 2
      while try end(rank: rank, at: name, place) {
        count += 1
        _ = try published()
        let processes = try (0..<Self.rankCount).map { try start($0, steps: 2) }
        for process in processes {
          process.waitUntilExit()
          #expect(process.terminationStatus == 0, "after \(name) \(place) of rank \(rank)")
        }
        #expect(try published().count == 2, "after \(name) \(place) of rank \(rank)")
        let left = (try? FileManager.default.contentsOfDirectory(atPath: scratch("run"))) ?? []
        #expect(!left.contains { $0.hasSuffix(".tmp") }, "after \(name) \(place) of rank \(rank)")
        place += Self.isLong ? 1 : 1_000
      }
    }
    #expect(count > (Self.isLong ? 50 : 5))
  }
}
