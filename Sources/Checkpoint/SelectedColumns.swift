/// Some of the columns of other rows, laid one after another: how an audit is restricted to a few tensors.
public struct SelectedColumns: ColumnBlocks {
  private let source: any ColumnBlocks
  private let parts: ColumnParts

  /// Number of rows.
  public var rowCount: Int { source.rowCount }
  /// Number of columns that were selected.
  public var columnCount: Int { parts.columnCount }
  /// How one number is stored.
  public var elementType: ElementType { source.elementType }
  /// What the rows are called in messages.
  public var name: String { source.name }
  /// The file that they are in.
  public var file: String { source.file }

  /// The columns `ranges` of `source`, in that order.
  public init(_ ranges: [Range<Int>], of source: any ColumnBlocks) {
    precondition(
      ranges.allSatisfy { $0.lowerBound >= 0 && $0.upperBound <= source.columnCount }, "columns outside the rows")
    self.source = source
    parts = ColumnParts(ranges.map { (source, $0) })
  }

  /// The row of the file that `row` is.
  public func storedRow(_ row: Int) -> Int { source.storedRow(row) }

  /// Copies a block range by range; blocks that stay within one range are one call.
  public func copy(
    rows: Range<Int>, columns: Range<Int>, to destination: inout MutableRawSpan, rowStride: Int
  ) throws(CheckpointError) {
    try parts.copy(rows: rows, columns: columns, of: elementType.byteCount, to: &destination, rowStride: rowStride)
  }
}
