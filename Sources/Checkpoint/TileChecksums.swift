/// Checksums of a matrix's stored elements, one for every row and tile of columns.
public struct TileChecksums: Hashable, Sendable {
  /// What they are, in files.
  public static let algorithm = "XXH3-64"
  /// Columns of a tile; the last of a row may have fewer.
  public static let tileWidth = 16_384

  /// Number of rows.
  public let rowCount: Int
  /// Where the tiles of a row are.
  public let tiles: TileColumns
  /// One checksum after another, row-major.
  public let values: [UInt64]

  /// `values` of `rowCount` rows of `columnCount` columns in one file.
  public init(_ values: [UInt64], rowCount: Int, columnCount: Int) {
    self.init(values, rowCount: rowCount, tiles: TileColumns(columnCount: columnCount))
  }

  /// `values` of `rowCount` rows, each cut into `tiles`.
  public init(_ values: [UInt64], rowCount: Int, tiles: TileColumns) {
    self.rowCount = rowCount
    self.tiles = tiles
    self.values = values
    precondition(values.count == rowCount * tiles.count, "checksums of another matrix")
  }

  /// Those of rows that are cut into `parts`, one after another, each in a file of its own.
  init(joining parts: [TileChecksums]) {
    let rowCount = parts[0].rowCount
    self.init(
      (0..<rowCount).flatMap { row in
        parts.flatMap { $0.values[(row * $0.tiles.count)..<((row + 1) * $0.tiles.count)] }
      }, rowCount: rowCount, tiles: TileColumns(joining: parts.map(\.tiles.columnCount)))
  }

  /// The checksum of `tile` of `row`.
  public subscript(row: Int, tile: Int) -> UInt64 { values[row * tiles.count + tile] }

  /// Tiles in a row of `columnCount` columns.
  public static func tileCount(columnCount: Int) -> Int { columnCount / tileWidth + (columnCount % tileWidth).signum() }
}

/// Where the checksums of one matrix are.
public struct StoredChecksums: Hashable, Codable, Sendable {
  /// The path of the matrix that they belong to.
  public let matrix: String
  /// Where they are.
  public let storage: Storage

  /// Where checksums are.
  public enum Storage: Hashable, Codable, Sendable {
    /// 64-bit integers, little-endian, one after another from byte `offset` of the file.
    case contiguous(offset: Int)
    /// Here: they are stored in a way that only HDF5 can decode.
    case decoded([UInt64])
  }

  /// Checksums of `matrix` at `storage`.
  public init(matrix: String, storage: Storage) {
    self.matrix = matrix
    self.storage = storage
  }
}
