import Checkpoint
import CheckpointHDF5
import Foundation
import Landscape
import TestSupport
import Testing

@testable import inspect

/// What the parent makes of a reading process that a file has taken over.
@Suite("A reading process that misbehaves") struct MisbehavingReaderTests {
  let scratch: Scratch
  let path: String
  init() throws {
    scratch = try Scratch()
    path = scratch("good.h5")
    try writeSmall(to: path)
  }

  @Test("is believed where it behaves")
  func control() throws {
    try StandInReader.prepare(try description() + frame(.end), then: .ends, for: path)
    let checkpoint = try openCheckpoint(path, by: StandInReader.launch)
    #expect(checkpoint.description == (try CheckpointReader.open(path).description))
  }

  /// What it sends, how it ends, and what the parent says.
  struct Case: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let complaint: String
    let ending: StandInReader.Ending
    let frames: @Sendable (MisbehavingReaderTests) throws -> [UInt8]

    init(
      _ name: String, _ complaint: String, then ending: StandInReader.Ending = .stays,
      _ frames: @escaping @Sendable (MisbehavingReaderTests) throws -> [UInt8]
    ) {
      testDescription = name
      self.complaint = complaint
      self.ending = ending
      self.frames = frames
    }
  }

  static let strange = "it sent something else than agreed"

  static let cases: [Case] = [
    Case("is silent", "it took longer than 1 s") { _ in [] },
    Case("falls silent within a frame", "it took longer than 1 s") { try Array($0.description().dropLast(9)) },
    Case("falls silent before the end", "it took longer than 1 s") { try $0.description() },
    Case("closes its end and lives on", "it fell silent", then: .closes) { try Array($0.description().dropLast(9)) },
    Case("dies within a frame", "it crashed (signal 11)", then: .crashes) { try Array($0.description().dropLast(9)) },
    Case("dies before the end", "it crashed (signal 11)", then: .crashes) { try $0.description() },
    Case("gives up", "it ended with status 3", then: .fails) { _ in [] },
    Case("ends too early", "it ended with status 0", then: .ends) { try $0.description() },
    Case("sends garbage", strange, then: .floods) { _ in [UInt8](repeating: 0xa5, count: 4_096) },
    Case("floods", strange, then: .floods) { _ in [] },
    Case("says more than may be said", strange, then: .floods) { _ in frame(.description, saying: 1 << 40) },
    Case("says a length below zero", strange, then: .floods) { _ in frame(.description, saying: .max) },
    Case("sends a long error", strange, then: .floods) { _ in frame(.error, saying: 1 << 20) },
    Case("sends an error that is none", "an error that cannot be read") { _ in frame(.error, [1, 2, 3]) },
    Case("ends with more than a word", strange) { try $0.description() + frame(.end, [1]) },
    Case("begins with a tile", strange) { _ in frame(.tile, [0, 0, 0, 0]) },
    Case("sends a description that is none", "it sent no description") { _ in frame(.description, Array("{}".utf8)) },
    Case("sends deep JSON", "it sent no description") { _ in
      frame(.description, [UInt8](repeating: UInt8(ascii: "["), count: 1 << 20))
    },
    Case("describes another file", "it was replaced while it was opened") { tests in
      let other = tests.scratch("other.h5")
      try writeSmall(to: other)
      return try tests.description(of: other) + frame(.end)
    },
    Case("claims numbers beyond the file", "truncated: ") {
      try $0.description(gradients: .contiguous(offset: 1 << 40))
    },
    Case("claims numbers before the file", "/gradients: its offset is out of bounds") {
      try $0.description(gradients: .contiguous(offset: -4_096))
    },
    Case("claims numbers beyond all files", "/gradients: its offset is out of bounds") {
      try $0.description(gradients: .contiguous(offset: .max - 8))
    },
    Case("claims extents beyond all files", "/gradients: its extents are out of bounds") {
      try $0.description(rowCount: 1 << 40, gradients: .contiguous(offset: 0))
    },
    Case("claims rows below zero", "/gradients: its extents are out of bounds") {
      try $0.description(rowCount: -1, gradients: .contiguous(offset: 0))
    },
    Case("claims columns beyond the rows", "/tensors") {
      try $0.description { $0.tensors = [TensorColumns(name: "a", shape: [.max], offset: 0, count: .max)] }
    },
    Case("claims checksums beyond the file", "truncated: ") {
      try $0.description { description in
        description.checksums = description.checksums?.map {
          StoredChecksums(matrix: $0.matrix, storage: .contiguous(offset: 1 << 40))
        }
      }
    },
    Case("sends a tile of another size", "it sent a tile of another size") {
      try $0.encoded() + frame(.tile, [UInt8](repeating: 0, count: 12))
    },
    Case("sends too few tiles", strange) { try $0.encoded() + frame(.end) },
    Case("dies between tiles", "it crashed (signal 11)", then: .crashes) {
      try $0.encoded() + frame(.tile, [UInt8](repeating: 0, count: 18 * 4))
    },
    Case("claims tiles without rows", "/gradients: its tiles are empty") { try $0.encoded(rows: "0") },
    Case("claims tiles of less than nothing", "/gradients: its tiles are empty") { try $0.encoded(rows: "-1") },
    Case("claims tiles beyond memory", "/gradients: its tiles are too large") {
      try $0.description(
        rowCount: 1 << 30, gradients: .encoded(tiles: TileGrid(rowCount: 1 << 30, columnCount: 1 << 30)))
    },
  ]

  @Test("costs one line, and nothing else", arguments: cases)
  func costsOneLine(misbehaviour: Case) throws {
    try StandInReader.prepare(misbehaviour.frames(self), then: misbehaviour.ending, for: path)
    let error = #expect(throws: CheckpointError.self) { try openCheckpoint(path, by: StandInReader.launch) }
    #expect(error?.file == path)
    let line = error?.description ?? ""
    #expect(line.contains(misbehaviour.complaint) && !line.contains("\n"), "\(line)")
  }

  @Test("sends no slice that cannot be computed with", arguments: ["batchSizes", "minibatchLosses", "count"])
  func slice(part: String) throws {
    let direction = Direction(name: "first", origin: .random, scale: .none, seed: 7, values: [1, 2])
    let slice = Slice(
      creator: "", created: "", name: "line",
      origin: CheckpointReference(run: "a run", step: 30, file: "good.h5", checksum: ""),
      directions: [DirectionSummary(direction)],
      surface: LossSurface(
        grid: SliceGrid(GridAxis(radius: 1, count: 3)), axisNames: ["first"], batchSizes: [4, 5],
        minibatchLosses: [[1, 0, 1], [2, 1, 2]]))
    let reply = SliceReply(identity: try ReadOnlyFile(opening: path).identity, slice: slice)
    let text = String(decoding: try ReaderJSON.encode(reply), as: UTF8.self)
    let worse =
      switch part {
      case "batchSizes": text.replacing("[4,5]", with: "[9223372036854775807,9223372036854775807]")
      case "minibatchLosses": text.replacing("[1,0,1]", with: "[1,0]")
      default: text.replacing("\"count\":3", with: "\"count\":-3")
      }
    #expect(worse != text)
    for (text, isGood) in [(text, true), (worse, false)] {
      try StandInReader.prepare(frame(.description, Array(text.utf8)) + frame(.end), then: .ends, for: path)
      if isGood {
        #expect(try openSlice(path, by: StandInReader.launch) == slice)
      } else {
        #expect(throws: CheckpointError.self) { try openSlice(path, by: StandInReader.launch) }
      }
    }
  }

  @Test("cannot speak for another file")
  func namesTheFile() throws {
    let lie = CheckpointError(file: "/etc/passwd", cause: .notFound)
    try StandInReader.prepare(frame(.error, try ReaderJSON.encode(lie)), then: .fails, for: path)
    let own = CheckpointError(file: path, cause: .notFound)
    #expect(throws: own) { try openCheckpoint(path, by: StandInReader.launch) }
  }

  @Test("that cannot be started is told")
  func notStarted() throws {
    let launch = ReaderLaunch(executable: scratch("nothing"), patience: 1)
    let error = #expect(throws: CheckpointError.self) { try openCheckpoint(path, by: launch) }
    guard case .system("start of the reading process", errno: ENOENT, _) = error?.cause else {
      Issue.record("\(String(describing: error))")
      return
    }
  }

  /// The description of the file at `other`, or of the good one, after `change`.
  func description(
    of other: String? = nil, _ change: (inout CheckpointDescription) -> Void = { _ in }
  ) throws -> [UInt8] {
    let file = other ?? path
    var description = try CheckpointReader.open(file).description
    change(&description)
    let reply = ReaderReply(identity: try ReadOnlyFile(opening: file).identity, description: description)
    return frame(.description, try ReaderJSON.encode(reply))
  }

  /// The description with gradients of `rowCount` rows in `storage`.
  func description(rowCount: Int = 3, gradients storage: StoredMatrix.Storage) throws -> [UInt8] {
    try description { description in
      description.gradients = StoredMatrix(
        path: "/gradients", rowCount: rowCount, columnCount: 18, elementType: .float32, storage: storage)
    }
  }

  /// The description with gradients that have to be decoded, in tiles of `rows` rows.
  func encoded(rows: String = "1") throws -> [UInt8] {
    let marked = try description(gradients: .encoded(tiles: TileGrid(rowCount: 77_777, columnCount: 18)))
    let text = String(decoding: marked.dropFirst(ReaderFrame.headerByteCount), as: UTF8.self)
    return frame(.description, Array(text.replacing("77777", with: rows).utf8))
  }
}
