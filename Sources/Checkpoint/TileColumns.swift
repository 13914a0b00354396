/// How a row of columns is cut into the tiles that checksums are of: every 16,384 columns, beginning anew at each shard.
public struct TileColumns: Hashable, Sendable {
  /// Number of columns P.
  public let columnCount: Int
  /// The first column of each tile, rising.
  private let starts: [Int]

  /// The tiles of a row of `columnCount` columns in one file.
  public init(columnCount: Int) { self.init(joining: [columnCount]) }

  /// The tiles of rows that are cut into parts of `counts` columns, one after another, each in a file of its own.
  public init(joining counts: [Int]) {
    var starts: [Int] = []
    var first = 0
    for count in counts {
      starts += stride(from: first, to: first + count, by: TileChecksums.tileWidth)
      first += count
    }
    self.starts = starts
    columnCount = first
  }

  /// Tiles in a row.
  public var count: Int { starts.count }

  /// The columns of `tile`.
  public subscript(tile: Int) -> Range<Int> {
    starts[tile]..<(tile + 1 < starts.count ? starts[tile + 1] : columnCount)
  }

  /// The tiles that `columns` are, which are whole tiles.
  public func tiles(in columns: Range<Int>) -> Range<Int> {
    columns.isEmpty ? 0..<0 : tile(of: columns.lowerBound)..<(tile(of: columns.upperBound - 1) + 1)
  }

  /// The tile that `column` is in.
  public func tile(of column: Int) -> Int {
    var (low, high) = (0, starts.count)
    while high - low > 1 {
      let middle = (low + high) / 2
      if starts[middle] <= column { low = middle } else { high = middle }
    }
    return low
  }
}
