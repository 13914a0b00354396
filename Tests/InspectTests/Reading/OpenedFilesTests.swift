import Foundation
import Landscape
import TestSupport
import Testing

/// What the processes of `inspect` open, seen by strace(1).
@Suite(
  "Opened files", .enabled(if: Tracing.isPossible, "strace is missing or not allowed"),
  .disabled(if: Command.isSanitized, "a sanitizer opens files of its own")) struct OpenedFilesTests
{
  let scratch: Scratch
  init() throws { scratch = try Scratch() }

  @Test("are the checkpoint alone, in the parent and in its child")
  func areTheCheckpointAlone() throws {
    let path = scratch("a.h5")
    try writeSmall(to: path)
    let opened = try Tracing.opened(by: [path], in: scratch)
    #expect(opened.parent == [path])
    #expect(opened.children == [path])
    #expect(opened.childCount == 1)
  }

  @Test("are a checkpoint and its slices, and each child opens one of them")
  func areTheSlices() throws {
    let (path, slice) = (scratch("step-00000030.h5"), scratch("step-00000030-line.slice.h5"))
    try writeSmall(to: path)
    try writeSmallSlice(to: slice, beside: path) { $0.origin.file = "../step-00000030.h5" }
    let opened = try Tracing.opened(by: [path], in: scratch)
    #expect(opened.parent == [path, slice] && opened.children == [path, slice] && opened.childCount == 2)
    let alone = try Tracing.opened(by: ["validate", slice], in: scratch)
    #expect(alone.parent == [slice] && alone.children == [slice] && alone.childCount == 1)
  }

  @Test("are none besides the hostile file itself", arguments: HostileFile.all)
  func areNoneBesidesTheHostileFile(hostile: HostileFile) throws {
    let path = try hostile.make(in: scratch)
    for arguments in [[path], ["validate", path]] {
      let opened = try Tracing.opened(by: arguments, in: scratch)
      #expect(opened.parent.union(opened.children).isSubset(of: [path]))
      #expect(opened.childCount <= 1)
    }
  }
}

/// Runs `inspect` under strace(1).
enum Tracing {
  private static let strace = "/usr/bin/strace"

  static let isPossible: Bool = {
    guard FileManager.default.isExecutableFile(atPath: strace), let scratch = try? Scratch() else { return false }
    return Command(strace, prefix: ["-f", "-o", "/dev/null"]).run(["true"], in: scratch).status == 0
  }()

  struct Opened {
    /// Files that the first process opened, without the system's own.
    var parent: Set<String> = []
    /// Files that its children opened.
    var children: Set<String> = []
    var childCount = 0
  }

  /// The files that were opened with success, without libraries and what the system keeps in /proc, /sys, /dev and /etc.
  static func opened(by arguments: [String], in scratch: Scratch) throws -> Opened {
    let log = scratch("trace")
    let command = Command(
      strace, prefix: ["-f", "-e", "trace=open,openat,openat2,creat,execve", "-o", log, Command.inspectPath])
    _ = command.run(arguments, in: scratch)
    let lines = try String(contentsOfFile: log, encoding: .utf8).split(separator: "\n")
    let first = try #require(lines.first?.split(separator: " ").first)
    var opened = Opened()
    for line in lines {
      let process = line.split(separator: " ").first
      if line.contains("execve("), process != first { opened.childCount += 1 }
      guard line.contains("open") || line.contains("creat("), !line.contains(" = -1 "), !line.contains("O_DIRECTORY"),
        let path = line.split(separator: "\"", omittingEmptySubsequences: false).dropFirst().first
      else { continue }
      let isSystem = ["/proc/", "/sys/", "/dev/", "/etc/", "/usr/", "/lib"].contains { path.hasPrefix($0) }
      if isSystem || path.contains(".so") { continue }
      // Neither process opens files in threads of its own, whose numbers would differ.
      if process == first {
        opened.parent.insert(String(path))
      } else {
        opened.children.insert(String(path))
      }
    }
    return opened
  }
}
