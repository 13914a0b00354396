import Checkpoint
import Foundation

@testable import inspect

/// A program that takes the reading process's place: it sends what it was told to send, then ends as it was told to.
enum StandInReader {
  /// What it does once everything is sent.
  enum Ending: String {
    /// It ends well.
    case ends = "exit 0"
    /// It ends with an error.
    case fails = "exit 3"
    /// It crashes.
    case crashes = "kill -SEGV $$"
    /// It says nothing more and stays.
    case stays = "exec sleep 60"
    /// It closes its end and stays.
    case closes = "exec sleep 60 >&-"
    /// It never stops sending.
    case floods = "exec cat /dev/zero"
  }

  /// How to start one, which is given up after a second of silence. A script that stands there already: what was just
  /// written cannot be run as long as some process that another test started still has it open.
  static let launch = ReaderLaunch(
    executable: Fixture.directory.appendingPathComponent("stand-in-reader").path, patience: 1)

  /// What one that reads the file at `path` sends, and how it ends.
  static func prepare(_ bytes: [UInt8], then ending: Ending, for path: String) throws {
    try Data(bytes).write(to: URL(filePath: path + ".frames"))
    try Data((ending.rawValue + "\n").utf8).write(to: URL(filePath: path + ".ending"))
  }
}

/// A frame of `kind` with `contents`, which says that it has `count` bytes.
func frame(_ kind: ReaderFrame, _ contents: [UInt8] = [], saying count: UInt64? = nil) -> [UInt8] {
  let header = kind.header(count: contents.count)
  guard let count else { return header + contents }
  return header.prefix(1) + withUnsafeBytes(of: count.littleEndian, Array.init) + contents
}
