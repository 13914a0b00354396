/// Rows whose columns lie in several files: each shard's, one after another.
public struct ShardedBlocks: ColumnBlocks {
  private let parts: [FileBlocks]
  /// The first column of each part.
  private let starts: [Int]
  /// Number of rows.
  public let rowCount: Int
  /// Number of columns of all shards.
  public let columnCount: Int
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
    self.parts = parts
    self.file = file
    rowCount = parts[0].rowCount
    elementType = parts[0].elementType
    name = parts[0].name
    var next = 0
    var starts: [Int] = []
    for part in parts {
      starts.append(next)
      next += part.columnCount
    }
    self.starts = starts
    columnCount = next
    let known = parts.compactMap(\.checksums)
    checksums = known.count == parts.count ? TileChecksums(joining: known) : nil
  }

  /// The shard that `column` is in.
  public func file(of column: Int) -> String {
    parts[(starts.lastIndex { $0 <= column } ?? 0)].file
  }

  /// Copies a block shard by shard.
  public func copy(
    rows: Range<Int>, columns: Range<Int>, to destination: inout MutableRawSpan, rowStride: Int
  ) throws(CheckpointError) {
    let size = elementType.byteCount
    for (part, start) in zip(parts, starts) {
      let common = columns.clamped(to: start..<(start + part.columnCount))
      guard !common.isEmpty else { continue }
      let first = (common.lowerBound - columns.lowerBound) * size
      let inner = (common.lowerBound - start)..<(common.upperBound - start)
      try destination.withUnsafeMutableBytes { (bytes) throws(CheckpointError) in
        var target = MutableRawSpan(_unsafeBytes: UnsafeMutableRawBufferPointer(rebasing: bytes[first...]))
        try part.copy(rows: rows, columns: inner, to: &target, rowStride: rowStride)
      }
    }
  }
}
