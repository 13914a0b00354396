/// Rows whose columns lie in several files: each shard's, one after another.
public struct ShardedBlocks: ColumnBlocks {
  private let parts: ColumnParts
  /// Number of rows.
  public let rowCount: Int
  /// Number of columns of all shards.
  public var columnCount: Int { parts.columnCount }
  /// How one number is stored, the same in all shards.
  public let elementType: ElementType
  /// What the rows are called in messages.
  public let name: String
  /// The index, as the user named it.
  public let file: String
  /// Those of the shards' tiles; nil where one shard has none.
  public let checksums: TileChecksums?

  /// The columns of `parts` in that order, which have equally many rows of one type; `file` is their index.
  init(_ parts: [FileBlocks], file: String) {
    precondition(!parts.isEmpty && parts.allSatisfy { $0.rowCount == parts[0].rowCount }, "shards of other rows")
    self.parts = ColumnParts(parts.map { ($0, 0..<$0.columnCount) })
    self.file = file
    rowCount = parts[0].rowCount
    elementType = parts[0].elementType
    name = parts[0].name
    let known = parts.compactMap(\.checksums)
    checksums = known.count == parts.count ? TileChecksums(joining: known) : nil
  }

  /// The shard that `column` is in.
  public func file(of column: Int) -> String { parts.source(of: column).file }

  /// Copies a block shard by shard.
  public func copy(
    rows: Range<Int>, columns: Range<Int>, to destination: inout MutableRawSpan, rowStride: Int
  ) throws(CheckpointError) {
    try parts.copy(rows: rows, columns: columns, of: elementType.byteCount, to: &destination, rowStride: rowStride)
  }
}
