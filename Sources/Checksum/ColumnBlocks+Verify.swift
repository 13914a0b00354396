public import Checkpoint

extension ColumnBlocks {
  /// The rows and tiles whose stored elements do not have the checksum that the file tells, at most `limit` of them;
  /// nil where it tells none. Reads everything once, a tile at a time.
  public func damagedTiles(limit: Int = 10) throws(CheckpointError) -> [(row: Int, tile: Int)]? {
    guard let checksums else { return nil }
    var damaged: [(row: Int, tile: Int)] = []
    let size = elementType.byteCount
    let buffer = UnsafeMutableRawBufferPointer.allocate(
      byteCount: min(columnCount, TileChecksums.tileWidth) * size, alignment: 16)
    defer { buffer.deallocate() }
    for row in 0..<rowCount {
      for tile in 0..<checksums.tileCount {
        let columns = TileChecksums.columns(of: tile, columnCount: columnCount)
        let bytes = UnsafeMutableRawBufferPointer(rebasing: buffer[..<(columns.count * size)])
        var span = MutableRawSpan(_unsafeBytes: bytes)
        try copy(rows: row..<(row + 1), columns: columns, to: &span, rowStride: bytes.count)
        if Hash.value(of: UnsafeRawBufferPointer(bytes)) != checksums[row, tile] { damaged.append((row, tile)) }
        if damaged.count >= limit { return damaged }
      }
    }
    return damaged
  }
}
