internal import Checkpoint
internal import Checksum

/// Rows that are the same to the bit: one minibatch recorded twice.
enum EqualRows {
  /// Groups of two rows or more that `areEqual`, of those whose inner products are `products` up to rounding: they tell
  /// which rows are worth comparing.
  static func find(
    products: Matrix, areEqual: (_ first: Int, _ second: Int) throws -> Bool
  ) rethrows -> [[Int]] {
    var groups: [[Int]] = []
    for row in 0..<products.rowCount where products[row, row] > 0 {
      let place = groups.indices.first { isNear(groups[$0][0], row, products) }
      if let place, try areEqual(groups[place][0], row) {
        groups[place].append(row)
      } else {
        groups.append([row])
      }
    }
    return groups.filter { $0.count > 1 }
  }

  /// Whether ‖g_i − g_j‖² may be 0 but for rounding of products in float32.
  private static func isNear(_ i: Int, _ j: Int, _ products: Matrix) -> Bool {
    let (first, second) = (products[i, i], products[j, j])
    return abs(first - second) <= 1e-5 * first && first + second - 2 * products[i, j] <= 1e-5 * first
  }

  /// Whether the stored bytes of two rows of `source` are equal: by their checksums where there are any, which a pass has
  /// verified.
  static func areEqual(_ i: Int, _ j: Int, in source: any ColumnBlocks) throws(CheckpointError) -> Bool {
    if let checksums = source.checksums {
      return (0..<checksums.tiles.count).allSatisfy { checksums[i, $0] == checksums[j, $0] }
    }
    for columns in (0..<source.columnCount).pieces(of: 1 << 16) {
      if try bytes(i, columns, of: source) != bytes(j, columns, of: source) { return false }
    }
    return true
  }

  /// For each row of `source` a hash of what is stored of it in `columns`, whole tiles: of their checksums where there are
  /// any, which a pass has verified.
  static func digests(of source: any ColumnBlocks, _ columns: Range<Int>) throws(CheckpointError) -> [UInt64] {
    let (checksums, tiles) = (source.checksums, source.tiles)
    var digests: [UInt64] = []
    for row in 0..<source.rowCount {
      var hash = StreamingHash()
      for tile in tiles.tiles(in: columns) {
        if let checksums {
          withUnsafeBytes(of: checksums[row, tile].littleEndian) { hash.update($0) }
        } else {
          try bytes(row, tiles[tile], of: source).withUnsafeBytes { hash.update($0) }
        }
      }
      digests.append(hash.value)
    }
    return digests
  }

  private static func bytes(
    _ row: Int, _ columns: Range<Int>, of source: any ColumnBlocks
  ) throws(CheckpointError) -> [UInt8] {
    let stride = columns.count * source.elementType.byteCount
    var bytes = [UInt8](repeating: 0, count: stride)
    var span = bytes.mutableSpan
    var raw = span.mutableBytes
    try source.copy(rows: row..<(row + 1), columns: columns, to: &raw, rowStride: stride)
    return bytes
  }
}
