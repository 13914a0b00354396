import Checkpoint
import Foundation
import Synchronization
import TestSupport
import Testing

/// Commands that read a run while a training process records it. `SOAK=1` takes the long form.
@Suite("Readers during training") struct ReaderFaultTests {
  static let isLong = ProcessInfo.processInfo.environment["SOAK"] != nil
  let scratch: Scratch
  init() throws { scratch = try Scratch() }

  @Test("see whole checkpoints only, and do not stop it")
  func seeWholeCheckpoints() throws {
    let directory = scratch("run")
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: false)
    let count = Self.isLong ? 90 : 12
    let reads = Atomic(0)
    let complaints = Mutex<[String]>([])
    let readers = ThreadGroup(count: Self.isLong ? 100 : 6) { [scratch] in
      let names = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
      guard let newest = names.filter({ $0.hasSuffix(".h5") }).max() else { return }
      let outcome = Command.inspect.run(["validate", directory + "/" + newest], in: scratch, seconds: 300)
      reads.wrappingAdd(1, ordering: .relaxed)
      if outcome.status != 0 || !outcome.output.contains("all checksums match") {
        complaints.withLock { $0.append("\(newest): \(outcome)") }
      }
    }
    let recorder = Command(Command.builtProduct("checkpoint-writer"))
    let outcome = recorder.run(["record", directory, "\(count)"], in: scratch, seconds: 600)
    readers.end()
    #expect(outcome.status == 0 && !outcome.output.contains("failed"))
    #expect(complaints.withLock { $0 }.isEmpty)
    #expect(reads.load(ordering: .relaxed) > 0)
    let whole = Command.inspect.run(["validate", directory], in: scratch)
    #expect(whole.status == 0 && whole.output.split(separator: "\n").count { $0.contains(": ok: ") } == count)
  }
}
