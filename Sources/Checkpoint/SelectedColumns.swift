/// Some of the columns of other rows, laid one after another: how an audit is restricted to a few tensors.
public struct SelectedColumns: ColumnBlocks {
  private let source: any ColumnBlocks
  private let ranges: [Range<Int>]
  private let starts: [Int]

  /// Number of rows.
  public var rowCount: Int { source.rowCount }
  /// Number of columns that were selected.
  public let columnCount: Int
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
    self.ranges = ranges
    var next = 0
    var starts: [Int] = []
    for range in ranges {
      starts.append(next)
      next += range.count
    }
    self.starts = starts
    columnCount = next
  }

  /// The row of the file that `row` is.
  public func storedRow(_ row: Int) -> Int { source.storedRow(row) }

  /// Copies a block range by range; blocks that stay within one range are one call.
  public func copy(
    rows: Range<Int>, columns: Range<Int>, to destination: inout MutableRawSpan, rowStride: Int
  ) throws(CheckpointError) {
    let size = elementType.byteCount
    for (range, start) in zip(ranges, starts) {
      let part = columns.clamped(to: start..<(start + range.count))
      guard !part.isEmpty else { continue }
      let first = (part.lowerBound - columns.lowerBound) * size
      let inner = (range.lowerBound + part.lowerBound - start)..<(range.lowerBound + part.upperBound - start)
      let source = source
      try destination.withUnsafeMutableBytes { (bytes) throws(CheckpointError) in
        var target = MutableRawSpan(_unsafeBytes: UnsafeMutableRawBufferPointer(rebasing: bytes[first...]))
        try source.copy(rows: rows, columns: inner, to: &target, rowStride: rowStride)
      }
    }
  }
}
