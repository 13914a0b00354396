internal import Checkpoint
internal import Checksum

/// Rows in double precision.
enum RowReader {
  /// `rows` of `source`, in that order, or `columns` of them, whole tiles; consecutive ones are read at once, and all are
  /// checked against their checksums.
  static func matrix(
    _ rows: [Int], of source: any ColumnBlocks, _ columns: Range<Int>? = nil
  ) throws(CheckpointError) -> Matrix {
    let columns = columns ?? 0..<source.columnCount
    var result = Matrix(rows.count, columns.count)
    guard !rows.isEmpty, !columns.isEmpty else { return result }
    let wide = columns.count * 8
    let stored = columns.count * source.elementType.byteCount
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
        try source.copy(rows: run, columns: columns, to: &destination, rowStride: wide)
        for row in first..<end {
          let place = UnsafeRawBufferPointer(
            rebasing: bytes[(row * wide + wide - stored)..<(row * wide + wide)])
          try verify(place, row: rows[row], columns, of: source)
          source.elementType.widen(
            columns.count, in: UnsafeMutableRawBufferPointer(rebasing: bytes[(row * wide)..<(row * wide + wide)]),
            to: Double.self)
        }
      }
      index = end
    }
    return result
  }

  /// `columns` of one `row` of `source`, which need not be whole tiles, unchecked.
  static func numbers(
    of row: Int, _ columns: Range<Int>, _ source: any ColumnBlocks
  ) throws(CheckpointError) -> [Double] {
    var numbers = [Double](repeating: 0, count: columns.count)
    var span = numbers.mutableSpan
    try span.withUnsafeMutableBytes { (bytes) throws(CheckpointError) in
      try read(rows: row..<(row + 1), columns, of: source, into: UnsafeMutableRawBufferPointer(rebasing: bytes[...]))
    }
    return numbers
  }

  /// Reads and widens `columns` of consecutive `rows` of `source` into `target`, one row after another, unchecked.
  static func read(
    rows: Range<Int>, _ columns: Range<Int>, of source: any ColumnBlocks, into target: UnsafeMutableRawBufferPointer
  ) throws(CheckpointError) {
    guard !rows.isEmpty, !columns.isEmpty else { return }
    let wide = columns.count * 8
    let stored = columns.count * source.elementType.byteCount
    // Stored elements go to the end of a row's place, so that widening runs in place.
    let block = UnsafeMutableRawBufferPointer(rebasing: target[(wide - stored)..<(rows.count * wide)])
    var destination = block.mutableBytes
    try source.copy(rows: rows, columns: columns, to: &destination, rowStride: wide)
    for row in 0..<rows.count {
      source.elementType.widen(
        columns.count, in: UnsafeMutableRawBufferPointer(rebasing: target[(row * wide)..<((row + 1) * wide)]),
        to: Double.self)
    }
  }

  /// Throws where a tile of the stored `bytes` of `columns` of `row` has not the checksum that the file tells.
  private static func verify(
    _ bytes: UnsafeRawBufferPointer, row: Int, _ columns: Range<Int>, of source: any ColumnBlocks
  ) throws(CheckpointError) {
    guard let checksums = source.checksums else { return }
    let size = source.elementType.byteCount
    for tile in checksums.tiles.tiles(in: columns) {
      let own = checksums.tiles[tile]
      let (start, end) = (own.lowerBound - columns.lowerBound, own.upperBound - columns.lowerBound)
      let part = UnsafeRawBufferPointer(rebasing: bytes[(start * size)..<(end * size)])
      guard Hash.value(of: part) == checksums[row, tile] else {
        throw .damaged(source, row: row, tile: tile)
      }
    }
  }
}
