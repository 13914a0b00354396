internal import Checkpoint

/// Rows that are the same to the bit: one minibatch recorded twice.
enum EqualRows {
  /// Groups of two rows or more of `source`, whose inner products are `products` up to rounding: they tell which rows are
  /// worth comparing.
  static func find(in source: any ColumnBlocks, products: Matrix) throws(CheckpointError) -> [[Int]] {
    var groups: [[Int]] = []
    for row in 0..<products.rowCount where products[row, row] > 0 {
      let place = groups.indices.first { isNear(groups[$0][0], row, products) }
      if let place, try isEqual(groups[place][0], row, source) {
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

  /// Whether the stored bytes of two rows are equal.
  private static func isEqual(_ i: Int, _ j: Int, _ source: any ColumnBlocks) throws(CheckpointError) -> Bool {
    let size = source.elementType.byteCount
    for columns in (0..<source.columnCount).pieces(of: 1 << 16) {
      func bytes(_ row: Int) throws(CheckpointError) -> [UInt8] {
        let stride = columns.count * size
        var bytes = [UInt8](repeating: 0, count: stride)
        var span = bytes.mutableSpan
        var raw = span.mutableBytes
        try source.copy(rows: row..<(row + 1), columns: columns, to: &raw, rowStride: stride)
        return bytes
      }
      if try bytes(i) != bytes(j) { return false }
    }
    return true
  }
}
