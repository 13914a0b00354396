internal import Checkpoint
internal import Checksum

/// Columns of rows as they are, in double precision.
enum ColumnCopy {
  /// `columns` of all rows of `source`, whole tiles, row after row; they are checked against their checksums.
  static func numbers(of source: any ColumnBlocks, _ columns: Range<Int>) throws(CheckpointError) -> [Double] {
    let (checksums, tiles, size) = (source.checksums, source.tiles, source.elementType.byteCount)
    var numbers = [Double](repeating: 0, count: source.rowCount * columns.count)
    var span = numbers.mutableSpan
    try span.withUnsafeMutableBytes { (bytes) throws(CheckpointError) in
      for row in 0..<source.rowCount {
        var first = columns.lowerBound
        while first < columns.upperBound {
          let tile = tiles.tile(of: first)
          let place = (row * columns.count + first - columns.lowerBound) * 8
          let wide = UnsafeMutableRawBufferPointer(rebasing: bytes[place..<(place + tiles[tile].count * 8)])
          // Stored elements go to the end of their place, so that widening runs in place.
          let stored = UnsafeMutableRawBufferPointer(rebasing: wide[(wide.count - tiles[tile].count * size)...])
          var target = stored.mutableBytes
          try source.copy(rows: row..<(row + 1), columns: tiles[tile], to: &target, rowStride: stored.count)
          if let checksums, Hash.value(of: UnsafeRawBufferPointer(stored)) != checksums[row, tile] {
            throw .damaged(source, row: row, tile: tile)
          }
          source.elementType.widen(tiles[tile].count, in: wide, to: Double.self)
          first = tiles[tile].upperBound
        }
      }
    }
    return numbers
  }
}
