/// Some of the rows of a matrix, one after another: how an audit goes on without rows that it cannot use.
public struct SelectedRows: ColumnBlocks {
  private let source: any ColumnBlocks
  private let rows: [Int]

  /// Number of rows that were selected.
  public var rowCount: Int { rows.count }
  /// Number of columns.
  public var columnCount: Int { source.columnCount }
  /// How one number is stored.
  public var elementType: ElementType { source.elementType }
  /// What the rows are called in messages.
  public var name: String { source.name }
  /// The file that they are in.
  public var file: String { source.file }
  /// Those of the selected rows.
  public let checksums: TileChecksums?

  /// Whether the source's are.
  public var isVerified: Bool { source.isVerified }

  /// The rows `rows` of `source`, in that order.
  public init(_ rows: [Int], of source: any ColumnBlocks) {
    precondition(rows.allSatisfy { 0..<source.rowCount ~= $0 }, "rows outside the matrix")
    self.source = source
    self.rows = rows
    checksums = source.checksums.map { all in
      TileChecksums(
        rows.flatMap { row in (0..<all.tiles.count).map { all[row, $0] } }, rowCount: rows.count, tiles: all.tiles)
    }
  }

  /// The file that `column` is in.
  public func file(of column: Int) -> String { source.file(of: column) }

  /// The row of the file that `row` is.
  public func storedRow(_ row: Int) -> Int { source.storedRow(rows[row]) }

  /// Copies runs of rows that follow each other in the source in one call each.
  public func copy(
    rows block: Range<Int>, columns: Range<Int>, to destination: inout MutableRawSpan, rowStride: Int
  ) throws(CheckpointError) {
    var start = block.lowerBound
    while start < block.upperBound {
      var end = start + 1
      while end < block.upperBound, rows[end] == rows[end - 1] + 1 { end += 1 }
      let first = (start - block.lowerBound) * rowStride
      let source = source
      let run = rows[start]..<(rows[start] + end - start)
      try destination.withUnsafeMutableBytes { (target) throws(CheckpointError) in
        var part = MutableRawSpan(_unsafeBytes: UnsafeMutableRawBufferPointer(rebasing: target[first...]))
        try source.copy(rows: run, columns: columns, to: &part, rowStride: rowStride)
      }
      start = end
    }
  }
}
