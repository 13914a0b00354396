internal import Checkpoint
internal import Checksum
internal import Dispatch
internal import Synchronization

/// Checks the rows that a pass reads against the checksums of their tiles, as they go by.
///
/// A tile's bytes have to be hashed from left to right, and workers take blocks as they come: a worker whose block
/// begins inside a tile waits until the one before it has been hashed, which is soon after it was read.
final class TileVerifier: Sendable {
  /// Rows that have checksums: the place of the first among all rows, and theirs.
  private let sources: [(first: Int, rows: any ColumnBlocks, checksums: TileChecksums)]
  private let rowCount: Int
  private let blocks: [ColumnBlock]
  private let tiles: TileColumns
  private let gates: [DispatchSemaphore]
  private let open: Mutex<[Int: RowHashes]>
  private let idle = Mutex<[RowHashes]>([])

  /// None where no row has checksums, or the blocks do not cover whole tiles.
  init?(_ request: GramRequest, _ blocks: [ColumnBlock]) {
    var sources: [(first: Int, rows: any ColumnBlocks, checksums: TileChecksums)] = []
    if let checksums = request.gradients.checksums { sources.append((0, request.gradients, checksums)) }
    // `checkingOtherTiles()` sees to it that both are cut alike.
    if let factors = request.factors, let checksums = factors.checksums {
      sources.append((request.gradientCount, factors, checksums))
    }
    guard !sources.isEmpty else { return nil }
    self.sources = sources
    self.blocks = blocks
    tiles = sources[0].checksums.tiles
    rowCount = request.rowCount
    gates = blocks.map { _ in DispatchSemaphore(value: 0) }
    open = Mutex([:])
  }

  /// The hashes that block `index` goes on with, once all before it in its tile are in.
  func take(_ index: Int) -> RowHashes {
    if isFirst(index) {
      let hashes = idle.withLock { $0.popLast() } ?? RowHashes(count: rowCount)
      hashes.reset()
      return hashes
    }
    gates[index - 1].wait()
    return open.withLock { $0.removeValue(forKey: index) } ?? RowHashes(count: rowCount)
  }

  /// Block `index` has been hashed: lets the next one of its tile go on, or compares.
  func put(_ index: Int, _ hashes: RowHashes) throws(CheckpointError) {
    if index + 1 < blocks.count && !isFirst(index + 1) {
      open.withLock { $0[index + 1] = hashes }
      gates[index].signal()
      return
    }
    let tile = tiles.tile(of: blocks[index].columns.lowerBound)
    for source in sources {
      for row in 0..<source.rows.rowCount where hashes.value(source.first + row) != source.checksums[row, tile] {
        throw .damaged(source.rows, row: row, tile: tile)
      }
    }
    idle.withLock { $0.append(hashes) }
  }

  /// Block `index` will not be read: nobody may wait for it.
  func skip(_ index: Int) { gates[index].signal() }

  private func isFirst(_ index: Int) -> Bool {
    let first = blocks[index].columns.lowerBound
    return tiles[tiles.tile(of: first)].lowerBound == first
  }
}

/// A hash for each row of a tile. Handed from one worker to the next, never shared.
final class RowHashes: @unchecked Sendable {  // Only whoever took it from the verifier touches it, one at a time.
  private let hashes: UnsafeMutablePointer<StreamingHash>
  private let count: Int

  init(count: Int) {
    self.count = count
    hashes = .allocate(capacity: count)
    for row in 0..<count { (hashes + row).initialize(to: StreamingHash()) }
  }

  deinit {
    hashes.deinitialize(count: count)
    hashes.deallocate()
  }

  func reset() {
    for row in 0..<count { hashes[row].reset() }
  }

  func update(_ row: Int, _ bytes: UnsafeRawBufferPointer) { hashes[row].update(bytes) }

  func value(_ row: Int) -> UInt64 { hashes[row].value }
}
