import Checkpoint
import CheckpointHDF5
import Checksum
import Foundation
import TestSupport
import Testing

@Suite("Sharded checkpoints") struct ShardTests {
  let scratch: Scratch
  init() throws { scratch = try Scratch() }

  private var path: String { scratch.path + "/step-00000030.h5" }
  private var folder: String { StoredShard.folder(of: path) }

  /// Ways to cut 18 columns.
  static let cuts: [[Range<Int>]] = [
    [0..<18], [0..<9, 9..<18], [9..<18, 0..<9], [0..<1, 1..<17, 17..<18], (0..<18).map { $0..<($0 + 1) },
    [12..<18, 3..<12, 0..<3],
  ]

  /// All elements of `blocks`, in pieces of `width` columns.
  private func elements(_ blocks: any ColumnBlocks, width: Int) throws -> [[UInt8]] {
    let size = blocks.elementType.byteCount
    var rows = [[UInt8]](repeating: [], count: blocks.rowCount)
    var first = 0
    while first < blocks.columnCount {
      let columns = first..<min(blocks.columnCount, first + width)
      let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: blocks.rowCount * 100, alignment: 8)
      defer { bytes.deallocate() }
      var span = MutableRawSpan(_unsafeBytes: bytes)
      try blocks.copy(rows: 0..<blocks.rowCount, columns: columns, to: &span, rowStride: 100)
      for row in rows.indices { rows[row] += bytes[(row * 100)..<(row * 100 + columns.count * size)] }
      first = columns.upperBound
    }
    return rows
  }

  @Test("hold what one file holds, however they are cut", arguments: cuts, [ElementType.float32, .bfloat16])
  func equal(columns: [Range<Int>], type: ElementType) throws {
    try writeSmall(smallHeader(type), to: scratch.path + "/whole.h5")
    try writeSmallShards(smallHeader(type), to: path, columns: columns)
    let (whole, sharded) = (try CheckpointReader.open(scratch.path + "/whole.h5"), try CheckpointReader.open(path))
    #expect(sharded.description.version == 2 && whole.description.version == 1)
    #expect(sharded.description.matrices.map(\.path) == whole.description.matrices.map(\.path))
    #expect(sharded.description.losses == whole.description.losses)
    #expect(sharded.description.tensors == whole.description.tensors)
    #expect(sharded.description.factors.map(\.minibatches) == whole.description.factors.map(\.minibatches))
    for (one, other) in zip(whole.description.matrices, sharded.description.matrices) {
      #expect(
        one.rowCount == other.rowCount && one.columnCount == other.columnCount && one.elementType == other.elementType)
      for width in [1, 5, 18] {
        #expect(try elements(whole.blocks(one), width: width) == elements(sharded.blocks(other), width: width))
      }
      let faults = try sharded.blocks(other).elementFaults()
      #expect(faults.damaged == [] && faults.nonFiniteRows.isEmpty)
    }
  }

  @Test("take the room that was told") func size() throws {
    try writeSmallShards(to: path, columns: [0..<9, 9..<18])
    var header = smallHeader()
    header.part = .shard(number: 0, of: 2, columns: 0..<9)
    let file = folder + "/00000-of-00002.h5"
    #expect(try Data(contentsOf: URL(filePath: file)).count == CheckpointWriter.byteCount(of: header))
    header.part = .index(shards: try #require(CheckpointReader.describe(path).shards))
    #expect(try Data(contentsOf: URL(filePath: path)).count == CheckpointWriter.byteCount(of: header))
  }

  @Test(
    "tables that do not cover all columns once are refused",
    arguments: [
      (.init(name: "00001-of-00002.h5", offset: 8, count: 10, checksum: 0), "gap or overlap"),
      (.init(name: "00001-of-00002.h5", offset: 10, count: 8, checksum: 0), "gap or overlap"),
      (.init(name: "00001-of-00002.h5", offset: 9, count: 8, checksum: 0), "17 columns together"),
      (.init(name: "00001-of-00002.h5", offset: 9, count: .max, checksum: 0), "gap or overlap"),
      (.init(name: "00001-of-00002.h5", offset: 9, count: -9, checksum: 0), "at least 1 is needed"),
      (.init(name: "00000-of-00002.h5", offset: 9, count: 9, checksum: 0), "stands twice"),
      (.init(name: "../a.h5", offset: 9, count: 9, checksum: 0), "no name of a file"),
      (.init(name: "..", offset: 9, count: 9, checksum: 0), "no name of a file"),
      (.init(name: "a\nb", offset: 9, count: 9, checksum: 0), "no name of a file"),
      (.init(name: "", offset: 9, count: 9, checksum: 0), "no name of a file"),
    ] as [(StoredShard, String)])
  func table(second: StoredShard, reason: String) {
    let error = #expect(throws: CheckpointError.self) {
      try writeSmallShards(to: path, columns: [0..<9, 9..<18]) { $0[1] = second }
    }
    #expect(error?.description.contains(reason) == true, "\(error?.description ?? "")")
    #expect(!scratch.names.contains("step-00000030.h5"))
  }

  /// What can befall the second of two shards, and what is said of it.
  enum Harm: String, CaseIterable {
    case missing, exchanged, otherStep, otherNumbers, otherCount, damagedElement, damagedChecksum, cut, notHDF5,
      directory
    case anIndex, otherRows, otherType, otherKinds

    var reason: String {
      switch self {
      case .missing: "no such file"
      case .exchanged: "attribute shard: it is of another checkpoint: 0, where the index has 1"
      case .otherStep: "attribute step: it is of another checkpoint: 31, where the index has 30"
      case .otherNumbers, .otherKinds, .damagedChecksum, .otherType:
        "its description, or it is not the shard that the index tells of: damaged"
      case .otherCount: "columns, but the index tells of 9"
      case .otherRows: "4 rows, but there are 3 minibatches"
      case .damagedElement: "/gradients, row 0, columns 9 to 17: damaged"
      case .cut: "truncated"
      case .notHDF5: "not an HDF5 file"
      case .directory: "not a regular file"
      case .anIndex: "it is no shard"
      }
    }
  }

  private func harm(_ harm: Harm) throws {
    let second = folder + "/00001-of-00002.h5"
    var header = smallHeader()
    var columns = 9..<18
    switch harm {
    case .missing: return try FileManager.default.removeItem(atPath: second)
    case .exchanged:
      try FileManager.default.removeItem(atPath: second)
      return try FileManager.default.copyItem(atPath: folder + "/00000-of-00002.h5", toPath: second)
    case .damagedElement:
      let place = try #require(
        Data(contentsOf: URL(filePath: second)).range(
          of: smallRow(0, of: .gradients)[9...].withUnsafeBytes { Data($0) }))
      return try flip(bit: 3, at: place.lowerBound, of: second)
    case .damagedChecksum:
      let shard = try ShardReader.open(second)
      let checksum = try shard.checksums()[0][0, 0]
      let place = try #require(
        Data(contentsOf: URL(filePath: second)).range(of: withUnsafeBytes(of: checksum.littleEndian) { Data($0) }))
      return try flip(bit: 3, at: place.lowerBound, of: second)
    case .cut:
      let data = try Data(contentsOf: URL(filePath: second))
      return try data.prefix(data.count / 2).write(to: URL(filePath: second))
    case .notHDF5: return try Data("nothing".utf8).write(to: URL(filePath: second))
    case .directory:
      try FileManager.default.removeItem(atPath: second)
      return try FileManager.default.createDirectory(atPath: second, withIntermediateDirectories: false)
    case .anIndex:
      try FileManager.default.removeItem(atPath: second)
      return try FileManager.default.copyItem(atPath: path, toPath: second)
    case .otherStep: header.step = 31
    case .otherNumbers: columns = 0..<9
    case .otherCount: columns = 8..<18
    case .otherRows: header.batchSizes.append(3)
    case .otherType: header.elementType = .float64
    case .otherKinds: header.factors.removeLast()
    }
    try FileManager.default.removeItem(atPath: second)
    _ = try writeSmallShard(header, number: 1, of: 2, columns: columns, to: second)
  }

  @Test("a shard that is not the one told is named, with the cause", arguments: Harm.allCases)
  func harmed(_ harm: Harm) throws {
    try writeSmallShards(to: path, columns: [0..<9, 9..<18])
    try self.harm(harm)
    let error = #expect(throws: CheckpointError.self) {
      let checkpoint = try CheckpointReader.open(path)
      for matrix in checkpoint.description.matrices {
        let blocks = try checkpoint.blocks(matrix)
        if let place = try blocks.elementFaults().damaged?.first {
          throw CheckpointError.damaged(blocks, row: place.row, tile: place.tile)
        }
      }
    }
    #expect(error?.file == folder + "/00001-of-00002.h5")
    #expect(error?.description.contains(harm.reason) == true, "\(error?.description ?? "")")
  }

  @Test("shards that the index takes must hold the same matrices", arguments: [Harm.otherType, .otherKinds])
  func unlike(harm: Harm) throws {
    try writeSmallShards(to: path, columns: [0..<9, 9..<18])
    try self.harm(harm)
    // An index that was written for just these.
    let shards = try ["00000-of-00002.h5", "00001-of-00002.h5"].enumerated().map { number, name in
      let shard = try ShardReader.open(folder + "/" + name)
      return StoredShard(
        name: name, offset: number * 9, count: 9, checksum: shard.description.checksum(try shard.checksums()))
    }
    try FileManager.default.removeItem(atPath: path)
    var index = smallHeader()
    index.part = .index(shards: shards)
    try CheckpointWriter(index, to: path).finish(losses: [0, 0.25, 0.5])
    let error = #expect(throws: CheckpointError.self) { try CheckpointReader.open(path) }
    #expect(error?.description.contains("00000-of-00002.h5") == true, "\(error?.description ?? "")")
  }

  @Test("the index has a checksum over its table", arguments: ["00001-of-00002.h5", "run"])
  func damagedIndex(text: String) throws {
    try writeSmallShards(to: path, columns: [0..<9, 9..<18])
    let place = try #require(Data(contentsOf: URL(filePath: path)).range(of: Data(text.utf8)))
    try flip(bit: 0, at: place.lowerBound, of: path)
    #expect(throws: CheckpointError.self) { try CheckpointReader.open(path) }
  }
}
