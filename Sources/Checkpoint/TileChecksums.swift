/// Checksums of a matrix's stored elements, one for every row and tile of columns.
public struct TileChecksums: Hashable, Sendable {
  /// What they are, in files.
  public static let algorithm = "XXH3-64"
  /// Columns of a tile; the last of a row may have fewer.
  public static let tileWidth = 16_384

  /// Number of rows.
  public let rowCount: Int
  /// Tiles in a row.
  public let tileCount: Int
  /// One checksum after another, row-major.
  public let values: [UInt64]

  /// `values` of `rowCount` rows of `columnCount` columns.
  public init(_ values: [UInt64], rowCount: Int, columnCount: Int) {
    self.rowCount = rowCount
    self.tileCount = Self.tileCount(columnCount: columnCount)
    self.values = values
    precondition(values.count == rowCount * tileCount, "checksums of another matrix")
  }

  /// The checksum of `tile` of `row`.
  public subscript(row: Int, tile: Int) -> UInt64 { values[row * tileCount + tile] }

  /// Tiles in a row of `columnCount` columns.
  public static func tileCount(columnCount: Int) -> Int { columnCount / tileWidth + (columnCount % tileWidth).signum() }

  /// The columns of `tile` in a row of `columnCount`.
  public static func columns(of tile: Int, columnCount: Int) -> Range<Int> {
    let first = tile * tileWidth
    return first..<min(first + tileWidth, columnCount)
  }
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
