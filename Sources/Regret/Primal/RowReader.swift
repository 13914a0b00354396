internal import Checkpoint
internal import Checksum

/// Whole rows in double precision.
enum RowReader {
  /// `rows` of `source`, in that order; consecutive ones are read at once, and all are checked against their checksums.
  static func matrix(_ rows: [Int], of source: any ColumnBlocks) throws(CheckpointError) -> Matrix {
    var result = Matrix(rows.count, source.columnCount)
    guard !rows.isEmpty, source.columnCount > 0 else { return result }
    let wide = source.columnCount * 8
    let stored = source.columnCount * source.elementType.byteCount
    var elements = result.elements.mutableSpan
    var index = 0
    while index < rows.count {
      var end = index + 1
      while end < rows.count && rows[end] == rows[end - 1] + 1 { end += 1 }
      let run = rows[index]..<(rows[index] + end - index)
      let first = index
      try elements.withUnsafeMutableBytes { (bytes) throws(CheckpointError) in
        let block = UnsafeMutableRawBufferPointer(rebasing: bytes[(first * wide + wide - stored)..<(end * wide)])
        var destination = block.mutableBytes
        try source.copy(rows: run, columns: 0..<source.columnCount, to: &destination, rowStride: wide)
        for row in first..<end {
          let place = UnsafeRawBufferPointer(
            rebasing: bytes[(row * wide + wide - stored)..<(row * wide + wide)])
          try verify(place, row: rows[row], of: source)
          source.elementType.widen(
            source.columnCount, in: UnsafeMutableRawBufferPointer(rebasing: bytes[(row * wide)..<(row * wide + wide)]),
            to: Double.self)
        }
      }
      index = end
    }
    return result
  }

  /// Throws where a tile of the stored `bytes` of `row` has not the checksum that the file tells.
  private static func verify(
    _ bytes: UnsafeRawBufferPointer, row: Int, of source: any ColumnBlocks
  ) throws(CheckpointError) {
    guard let checksums = source.checksums else { return }
    for tile in 0..<checksums.tiles.count {
      let columns = checksums.tiles[tile]
      let size = source.elementType.byteCount
      let part = UnsafeRawBufferPointer(
        rebasing: bytes[(columns.lowerBound * size)..<(columns.upperBound * size)])
      guard Hash.value(of: part) == checksums[row, tile] else {
        throw .damaged(source, row: row, tile: tile)
      }
    }
  }
}
