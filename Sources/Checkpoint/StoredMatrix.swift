/// A matrix of a checkpoint file as it lies on disk, row-major.
public struct StoredMatrix: Hashable, Codable, Sendable {
  /// The dataset's path in the file.
  public let path: String
  /// Number of rows.
  public let rowCount: Int
  /// Number of columns.
  public let columnCount: Int
  /// How one number is stored.
  public let elementType: ElementType
  /// Where the numbers are.
  public let storage: Storage

  /// Where the numbers of a matrix are.
  public enum Storage: Hashable, Codable, Sendable {
    /// One after another from byte `offset` of the file, at any alignment.
    case contiguous(offset: Int)
    /// Filtered, chunked or inside the object's header: only HDF5 can decode it. Whoever describes the file passes
    /// the decoded elements on in `tiles`, tile after tile, each row-major.
    case encoded(tiles: TileGrid)
    /// In the files of the checkpoint's shards, some columns in each.
    case sharded
  }

  /// A matrix of `rowCount` × `columnCount` elements.
  public init(path: String, rowCount: Int, columnCount: Int, elementType: ElementType, storage: Storage) {
    self.path = path
    self.rowCount = rowCount
    self.columnCount = columnCount
    self.elementType = elementType
    self.storage = storage
  }

  /// Whether only HDF5 can decode it.
  var isEncoded: Bool {
    if case .encoded = storage { true } else { false }
  }

  /// Bytes of all elements, or nil if that number overflows.
  public var byteCount: Int? {
    guard rowCount >= 0, columnCount >= 0 else { return nil }
    let (elements, overflow) = rowCount.multipliedReportingOverflow(by: columnCount)
    let (bytes, more) = elements.multipliedReportingOverflow(by: elementType.byteCount)
    return overflow || more ? nil : bytes
  }
}
