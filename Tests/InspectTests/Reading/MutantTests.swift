import Checkpoint
import Foundation
import TestSupport
import Testing

/// Bytes of good files changed at random, read by the built binary. `MUTANTS=10000` takes the long form, `MUTANT=1119` one
/// of them alone; `swift test --attachments-path DIRECTORY` keeps those that fail.
@Suite("Mutants") struct MutantTests {
  let scratch: Scratch
  init() throws { scratch = try Scratch() }

  private static let seeds: Range<Int> = {
    let environment = ProcessInfo.processInfo.environment
    if let seed = environment["MUTANT"].flatMap(Int.init) { return seed..<(seed + 1) }
    return 0..<(environment["MUTANTS"].flatMap(Int.init) ?? 60)
  }()

  @Test("give the same numbers or one line, quickly and in little memory")
  func sameNumbersOrOneLine() async throws {
    var grouped = smallHeader()
    grouped.groups = MinibatchGroups(names: ["train", "validation"], ids: [0, 1, 0])
    try writeSmall(to: scratch("good.h5"))
    try writeSmall(grouped, to: scratch("groups.h5"))
    try writeSmallSketch(to: scratch("sketch.h5"))
    let seeds = try ["good.h5", "groups.h5", "sketch.h5"].map { name in
      let path = scratch(name)
      let good = try bytes(of: path)
      // Most of a small file is padding: half of the changes go where something is.
      let used = good.indices.filter { good[$0] != 0 }
      let expected = try numbers(in: Command.inspect.run([path, "--format", "json"], in: scratch).output)
      return (good: good, used: used, expected: expected)
    }
    await withTaskGroup(of: Void.self) { group in
      for (started, index) in Self.seeds.enumerated() {
        if started >= 2 { await group.next() }
        let seed = seeds[index % seeds.count]
        group.addTask {
          do {
            try check(Mutation(index: index, of: seed.good, used: seed.used), expected: seed.expected)
          } catch {
            Issue.record(error)
          }
        }
      }
    }
  }

  /// A slice has no checksums, so its numbers may change unseen: a tenth as many, none of which may take anything down.
  @Test("of slices are read or end in one line")
  func slices() throws {
    let (checkpoint, path) = (scratch("step-00000030.h5"), scratch("step-00000030-line.slice.h5"))
    try writeSmall(to: checkpoint)
    try writeSmallSlice(to: path, beside: checkpoint)
    let good = try bytes(of: path)
    let used = good.indices.filter { good[$0] != 0 }
    for index in Self.seeds.prefix(max(20, Self.seeds.count / 10)) {
      let mutation = Mutation(index: index, of: good, used: used)
      try mutation.data.write(to: URL(filePath: path))
      let outcome = Command.inspect.run([checkpoint, "--format", "html", "--quiet"], in: scratch, seconds: 30)
      let isPassed = [0, 1].contains(outcome.status) && outcome.errorLines.count <= (outcome.status == 0 ? 0 : 1)
      if !isPassed || outcome.peakMemory >= Command.memoryLimit {
        Attachment.record(Array(mutation.data), named: "mutant-\(index).slice.h5")
        Issue.record("seed \(index): \(mutation.words): status \(outcome.status ?? -1): \(outcome.errors)")
      }
    }
  }

  private func check(_ mutation: Mutation, expected: Data) throws {
    let path = scratch("mutant-\(mutation.index).h5")
    try mutation.data.write(to: URL(filePath: path))
    defer { try? FileManager.default.removeItem(atPath: path) }
    let outcome = Command.inspect.run([path, "--format", "json"], in: scratch, seconds: 30)
    let comment = "seed \(mutation.index): \(mutation.words)"
    let isPassed =
      switch outcome.status {
      case 0: try numbers(in: outcome.output) == expected
      case 1: outcome.errorLines.count == 1 && outcome.errors.hasPrefix(path + ": ")
      default: false
      }
    if !isPassed || outcome.peakMemory >= Command.memoryLimit {
      Attachment.record(Array(mutation.data), named: "mutant-\(mutation.index).h5")
      Issue.record("\(comment): status \(outcome.status ?? -1), \(outcome.peakMemory >> 20) MiB: \(outcome.errors)")
    }
  }

  /// The checkpoint in a report without what may differ: the file's name, and whether it was verified.
  private func numbers(in json: String) throws -> Data {
    let report = try #require(try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any])
    var checkpoint = try #require((report["checkpoints"] as? [[String: Any]])?.first)
    checkpoint["file"] = nil
    checkpoint["verified"] = nil
    checkpoint["warnings"] = nil
    return try JSONSerialization.data(withJSONObject: checkpoint, options: [.sortedKeys])
  }
}

/// A good file with some bytes changed, the same for the same index.
struct Mutation {
  let index: Int
  private(set) var data: Data
  private(set) var words = ""

  init(index: Int, of good: Data, used: [Int]) {
    self.index = index
    self.data = good
    var generator = SplitMix64(seed: UInt64(index))
    func place() -> Int {
      Bool.random(using: &generator)
        ? used.randomElement(using: &generator)! : Int.random(in: 0..<good.count, using: &generator)
    }
    switch Int.random(in: 0..<10, using: &generator) {
    case 0..<4:
      let (at, bit) = (place(), Int.random(in: 0..<8, using: &generator))
      data[at] ^= 1 << bit
      words = "bit \(bit) of byte \(at)"
    case 4..<7:
      let places = (0..<Int.random(in: 1...8, using: &generator)).map { _ in place() }
      for at in places { data[at] = UInt8.random(in: 0...255, using: &generator) }
      words = "bytes \(places)"
    case 7:
      let at = place()
      let end = min(good.count, at + Int.random(in: 1...64, using: &generator))
      let value: UInt8 = Bool.random(using: &generator) ? 0 : 255
      for index in at..<end { data[index] = value }
      words = "bytes \(at)..<\(end) all \(value)"
    case 8:
      let (from, to) = (place(), place())
      let count = min(Int.random(in: 1...512, using: &generator), good.count - max(from, to))
      data.replaceSubrange(to..<(to + count), with: good[from..<(from + count)])
      words = "\(count) bytes from \(from) to \(to)"
    default:
      let count = place()
      data = good.prefix(count)
      words = "cut to \(count) bytes"
    }
  }
}
