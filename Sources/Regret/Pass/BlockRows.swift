internal import Checkpoint

/// One worker's buffer of all rows of a block of columns, [rows, width], in working precision. Lives on one thread.
final class BlockRows<Scalar: WorkingScalar> {
  /// From one row to the next.
  let stride: Int
  let values: UnsafeMutablePointer<Scalar>
  private let bytes: UnsafeMutableRawBufferPointer

  init(rowCount: Int, width: Int) {
    // A power of two between rows would put whole columns into one set of the cache.
    stride = width + 64 / MemoryLayout<Scalar>.stride
    bytes = .allocate(byteCount: max(1, rowCount * stride) * MemoryLayout<Scalar>.stride, alignment: 64)
    values = bytes.bindMemory(to: Scalar.self).baseAddress!
  }

  deinit { bytes.deallocate() }

  subscript(row: Int) -> UnsafeMutablePointer<Scalar> { values + row * stride }

  /// Reads and widens `columns` of `source` into the rows from `first` on, adding what is stored to their `hashes`.
  func load(
    _ source: any ColumnBlocks, at first: Int, _ columns: Range<Int>, _ hashes: RowHashes? = nil
  ) throws(CheckpointError) {
    let pitch = stride * MemoryLayout<Scalar>.stride
    let wide = columns.count * MemoryLayout<Scalar>.stride
    let stored = columns.count * source.elementType.byteCount
    // Stored elements go to the end of a row's place, so that widening runs in place.
    let block = UnsafeMutableRawBufferPointer(rebasing: bytes[(first * pitch + wide - stored)...])
    var destination = block.mutableBytes
    try source.copy(rows: 0..<source.rowCount, columns: columns, to: &destination, rowStride: pitch)
    if let hashes, source.checksums != nil {
      for row in first..<(first + source.rowCount) {
        let end = row * pitch + wide
        hashes.update(row, UnsafeRawBufferPointer(rebasing: bytes[(end - stored)..<end]))
      }
    }
    if source.elementType == Scalar.elementType { return }
    for row in first..<(first + source.rowCount) {
      source.elementType.widen(
        columns.count, in: UnsafeMutableRawBufferPointer(rebasing: bytes[(row * pitch)..<(row * pitch + wide)]),
        to: Scalar.self)
    }
  }

  /// (1/count) Σ of squares of `rows`, a column each.
  func meanSquares(_ rows: Range<Int>, _ count: Int, into result: UnsafeMutablePointer<Scalar>) {
    result.update(repeating: 0, count: count)
    for row in rows {
      let values = self[row]
      for column in 0..<count { result[column] += values[column] * values[column] }
    }
    let scale = 1 / Scalar(rows.count)
    for column in 0..<count { result[column] *= scale }
  }

  /// Every column of `rows` times its own factor.
  func scale(_ rows: Range<Int>, _ count: Int, by factors: UnsafePointer<Scalar>) {
    for row in rows {
      let values = self[row]
      for column in 0..<count { values[column] *= factors[column] }
    }
  }
}
