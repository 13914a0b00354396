import Checkpoint
@testable import CheckpointHDF5
import Checksum
import Foundation
import Synchronization
import TestSupport
import Testing

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// A process that writes checkpoints is killed, limited, and robbed of its disk. `SOAK=1` takes the long form.
@Suite("A writing process", .tags(.faults), .serialized) struct ProcessFaultTests {
  static let isLong = CrashTests.isLong
  static let writer = Command(Command.builtProduct("checkpoint-writer"))
  let scratch: Scratch
  init() throws { scratch = try Scratch() }

  /// Throws unless every checkpoint in `directory` is whole, and every name that was said to be published is there.
  private func check(_ directory: String, published: [String]) throws {
    let names = try FileManager.default.contentsOfDirectory(atPath: directory)
    #expect(Set(published).isSubset(of: names))
    #expect(names.allSatisfy { $0.hasSuffix(".h5") || $0.hasSuffix(".h5.tmp") })
    #expect(names.count { $0.hasSuffix(".tmp") } <= 1)
    for name in names where name.hasSuffix(".h5") {
      let checkpoint = try CheckpointReader.open(directory + "/" + name)
      for matrix in checkpoint.description.matrices {
        #expect(try checkpoint.blocks(matrix).elementFaults() == ElementFaults(damaged: []))
      }
    }
  }

  private func published(in output: String) -> [String] {
    output.split(separator: "\n").filter { $0.hasPrefix("published ") }.map { String($0.dropFirst(10)) }
  }

  @Test("that is killed loses at most the checkpoint it was writing")
  func killed() throws {
    for index in 0..<(Self.isLong ? 1_000 : 8) {
      let directory = scratch("run-\(index)")
      try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: false)
      let seconds = Double.random(in: 0.02...0.25)
      let outcome = Self.writer.run(["write", directory, "5000"], in: scratch, seconds: seconds)
      #expect(outcome.isTimedOut)
      try check(directory, published: published(in: outcome.output))
      try FileManager.default.removeItem(atPath: directory)
    }
  }

  @Test(
    "whose files may not become large enough goes on, and says so once a checkpoint",
    .disabled(if: Command.isSanitized, "a sanitizer writes files of its own"))
  func fileSizeLimit() throws {
    let directory = scratch("run")
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: false)
    let needed = smallHeader().largestByteCount
    for kibibytes in [0, 1, 64, needed / 1_024 - 1, needed / 1_024 + 1] {
      // Standard output is a file here too, of a few hundred bytes.
      let script = "ulimit -f \(kibibytes); exec \"$0\" \"$@\""
      let shell = Command("/bin/bash", prefix: ["-c", script, Command.builtProduct("checkpoint-writer")])
      let outcome = shell.run(["write", directory, "3"], in: scratch)
      if kibibytes > 0 {
        #expect(outcome.status == 0)
        let lines = outcome.output.split(separator: "\n")
        #expect(lines.count == 3)
        let isEnough = kibibytes * 1_024 >= needed
        #expect(lines.allSatisfy { $0.hasPrefix(isEnough ? "published" : "failed") })
        #expect(isEnough || lines.allSatisfy { $0.contains("\(needed) bytes needed, \(kibibytes * 1_024) available") })
      }
      try check(directory, published: published(in: outcome.output))
    }
  }

  @Test(
    "whose disk fills goes on, and keeps what was published",
    .enabled(if: SmallDisk.isPossible, "mounting a small file system is not allowed"))
  func fullDisk() throws {
    let size = CheckpointWriter.byteCount(of: smallHeader())
    let page = 4_096
    // From less than one checkpoint to more than three, by uneven steps.
    let count = Self.isLong ? 40 : 4
    for index in 0..<count {
      let bytes = (size / 2 + (size * 3 * index / count)) / page * page + page
      let disk = try SmallDisk(byteCount: bytes, at: scratch("disk"))
      let outcome = Self.writer.run(["write", disk.path, "5"], in: scratch)
      #expect(outcome.status == 0)
      let lines = outcome.output.split(separator: "\n")
      #expect(lines.count == 5 && lines.contains { $0.hasPrefix("failed") })
      for line in lines where line.hasPrefix("failed") {
        #expect(line.contains("no room: \(size) bytes needed"))
      }
      try check(disk.path, published: published(in: outcome.output))
    }
  }

  @Test(
    "whose directory may not be written says so and goes on",
    .enabled(if: SmallDisk.isPossible, "mounting a small file system is not allowed"))
  func readOnly() throws {
    let disk = try SmallDisk(byteCount: 4 << 20, at: scratch("disk"))
    try disk.remount("ro")
    let size = CheckpointWriter.byteCount(of: smallHeader())
    let refused = Self.writer.run(["write", disk.path, "3"], in: scratch)
    #expect(refused.status == 0)
    let lines = refused.output.split(separator: "\n")
    #expect(lines.count == 3)
    for (index, line) in lines.enumerated() {
      #expect(line.hasPrefix("failed \(disk.path)/step-0000000\(index).h5: "))
      #expect(line.contains("\(size) bytes in all") && line.hasSuffix("Read-only file system"))
    }
    try disk.remount("rw")
    let written = published(in: Self.writer.run(["write", disk.path, "3"], in: scratch).output)
    #expect(written.count == 3)
    try disk.remount("ro")
    try check(disk.path, published: written)
  }

  @Test("and its readers do not disturb each other")
  func readers() throws {
    let directory = scratch("run")
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: false)
    let count = Self.isLong ? 90 : 12
    let reads = Atomic(0)
    let complaints = Mutex<[String]>([])
    let readers = ThreadGroup(count: Self.isLong ? 100 : 8) {
      do {
        let names = try FileManager.default.contentsOfDirectory(atPath: directory).filter { $0.hasSuffix(".h5") }
        for name in Set([names.max(), names.randomElement()].compactMap { $0 }) {
          let checkpoint = try CheckpointReader.open(directory + "/" + name)
          for matrix in checkpoint.description.matrices {
            let faults = try checkpoint.blocks(matrix).elementFaults()
            if faults != ElementFaults(damaged: []) { complaints.withLock { $0.append("\(name): \(faults)") } }
          }
          reads.wrappingAdd(1, ordering: .relaxed)
        }
      } catch {
        complaints.withLock { $0.append("\(error)") }
      }
    }
    let outcome = Self.writer.run(["write", directory, "\(count)"], in: scratch, seconds: 600)
    readers.end()
    #expect(complaints.withLock { $0 }.isEmpty)
    #expect(reads.load(ordering: .relaxed) > 0)
    let names = published(in: outcome.output)
    #expect(names.count == count)
    try check(directory, published: names)
  }
}

/// A file system of a few bytes in memory, unmounted with this value. (mount(8))
final class SmallDisk {
  let path: String

  init(byteCount: Int, at path: String) throws {
    self.path = path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    let scratch = try Scratch()
    let arguments = ["-t", "tmpfs", "-o", "size=\(byteCount)", "tmpfs", path]
    try #require(Command("/bin/mount").run(arguments, in: scratch).status == 0)
  }

  /// Makes it read-only (`ro`) or writable (`rw`).
  func remount(_ mode: String) throws {
    try #require(Command("/bin/mount").run(["-o", "remount,\(mode)", path], in: Scratch()).status == 0)
  }

  deinit {
    guard let scratch = try? Scratch() else { return }
    _ = Command("/bin/umount").run([path], in: scratch)
  }

  /// Whether this user may mount one.
  static let isPossible: Bool = {
    guard let scratch = try? Scratch() else { return false }
    return (try? SmallDisk(byteCount: 65_536, at: scratch("disk"))) != nil
  }()
}
