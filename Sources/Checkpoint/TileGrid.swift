/// A matrix cut into tiles of equal extent, the last of each row and column smaller; row of tiles after row of tiles.
public struct TileGrid: Hashable, Codable, Sendable {
  /// Rows of a whole tile.
  public let rowCount: Int
  /// Columns of a whole tile.
  public let columnCount: Int

  /// Tiles of `rowCount` × `columnCount`, each at least 1.
  public init(rowCount: Int, columnCount: Int) {
    self.rowCount = max(1, rowCount)
    self.columnCount = max(1, columnCount)
  }

  /// Calls `body` with the rows and columns of every tile of a `rows` × `columns` matrix, in storage order.
  public func forEach<Failure: Error>(
    rows: Int, columns: Int, _ body: (Range<Int>, Range<Int>) throws(Failure) -> Void
  ) throws(Failure) {
    var row = 0
    while row < rows {
      let rowEnd = row + min(rowCount, rows - row)
      var column = 0
      while column < columns {
        let columnEnd = column + min(columnCount, columns - column)
        try body(row..<rowEnd, column..<columnEnd)
        column = columnEnd
      }
      row = rowEnd
    }
  }
}
