import Checkpoint
import CheckpointHDF5
import Foundation
import TestSupport
import Testing

@testable import inspect

/// What the parent makes of a process that reads a shard and that the shard has taken over.
@Suite("A shard's reading process that misbehaves") struct MisbehavingShardReaderTests {
  let scratch: Scratch
  let path: String
  init() throws {
    scratch = try Scratch()
    path = scratch("a.h5")
    try writeSmallShards(to: path, columns: [0..<9, 9..<18])
  }

  /// Lies that it could tell of the first shard.
  enum Lie: String, CaseIterable {
    case none, otherFile, beyondTheEnd, manyRows, noMatrices, otherRun, otherChecksums, hugeTiles, noEnd
  }

  private func reply(_ lie: Lie, _ shard: String) throws -> [UInt8] {
    var description = try ShardReader.open(shard).description
    let gradients = description.matrices[0]
    func replace(rows: Int, _ storage: StoredMatrix.Storage) {
      description.matrices[0] = StoredMatrix(
        path: "/gradients", rowCount: rows, columnCount: gradients.columnCount, elementType: .float32, storage: storage)
    }
    switch lie {
    case .beyondTheEnd: replace(rows: 3, .contiguous(offset: 1 << 40))
    case .manyRows: replace(rows: .max, gradients.storage)
    case .hugeTiles: replace(rows: 1 << 40, .encoded(tiles: TileGrid(rowCount: 1 << 40, columnCount: 9)))
    case .noMatrices: description.matrices = []
    case .otherRun: description.run = "another"
    case .otherChecksums:
      let lies = StoredChecksums.Storage.decoded([1, 2, 3])
      description.checksums[0] = StoredChecksums(matrix: "/gradients", storage: lies)
    case .none, .otherFile, .noEnd: break
    }
    let identity = try ReadOnlyFile(opening: lie == .otherFile ? path : shard).identity
    let frames = frame(.description, try ReaderJSON.encode(ShardReply(identity: identity, shard: description)))
    return lie == .noEnd ? frames : frames + frame(.end)
  }

  @Test("is believed only where it behaves", arguments: Lie.allCases) func lies(lie: Lie) throws {
    let description = try CheckpointReader.describe(path)
    let shard = StoredShard.folder(of: path) + "/00000-of-00002.h5"
    try StandInReader.prepare(try reply(lie, shard), then: .ends, for: shard)
    guard lie != .none else {
      _ = try openShard(0, of: description, index: path, by: StandInReader.launch)
      return
    }
    let error = #expect(throws: CheckpointError.self) {
      try openShard(0, of: description, index: path, by: StandInReader.launch)
    }
    #expect(error?.file == shard && error?.description.contains("\n") == false, "\(error?.description ?? "")")
  }
}
