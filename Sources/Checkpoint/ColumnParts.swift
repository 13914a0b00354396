/// Ranges of columns of other rows, laid one after another: what parts of one file and of several have alike.
struct ColumnParts: Sendable {
  private let parts: [(source: any ColumnBlocks, columns: Range<Int>)]
  /// The first column of each part among those of all.
  private let starts: [Int]
  /// Number of columns of all parts.
  let columnCount: Int

  init(_ parts: [(source: any ColumnBlocks, columns: Range<Int>)]) {
    self.parts = parts
    var next = 0
    var starts: [Int] = []
    for part in parts {
      starts.append(next)
      next += part.columns.count
    }
    self.starts = starts
    columnCount = next
  }

  /// The part that `column` is in.
  func source(of column: Int) -> any ColumnBlocks {
    parts[starts.lastIndex { $0 <= column } ?? 0].source
  }

  /// Copies a block part by part, as ``ColumnBlocks/copy(rows:columns:to:rowStride:)`` does; blocks that stay within one part
  /// are one call.
  func copy(
    rows: Range<Int>, columns: Range<Int>, of size: Int, to destination: inout MutableRawSpan, rowStride: Int
  ) throws(CheckpointError) {
    for ((source, range), start) in zip(parts, starts) {
      let part = columns.clamped(to: start..<(start + range.count))
      guard !part.isEmpty else { continue }
      let first = (part.lowerBound - columns.lowerBound) * size
      let inner = (range.lowerBound + part.lowerBound - start)..<(range.lowerBound + part.upperBound - start)
      try destination.withUnsafeMutableBytes { (bytes) throws(CheckpointError) in
        var target = MutableRawSpan(_unsafeBytes: UnsafeMutableRawBufferPointer(rebasing: bytes[first...]))
        try source.copy(rows: rows, columns: inner, to: &target, rowStride: rowStride)
      }
    }
  }
}
