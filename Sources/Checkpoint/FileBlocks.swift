/// Rows of a matrix that lies contiguously in a file, read by pread(2) without HDF5.
public struct FileBlocks: ColumnBlocks {
  private let source: ReadOnlyFile
  private let offset: Int
  /// Number of rows.
  public let rowCount: Int
  /// Number of columns.
  public let columnCount: Int
  /// How one number is stored.
  public let elementType: ElementType
  /// The dataset's path in the file.
  public let name: String
  /// Checksums of the stored elements, where the file tells them.
  public let checksums: TileChecksums?
  /// The file as the user named it.
  public var file: String { source.path }

  /// The elements of `matrix` from byte `offset` of `file` on, with their checksums where there are any; throws where they
  /// would reach beyond its end.
  public init(
    _ matrix: StoredMatrix, in file: ReadOnlyFile, offset: Int, checksums: TileChecksums? = nil
  ) throws(CheckpointError) {
    guard let size = matrix.byteCount, offset >= 0, case (let end, false) = offset.addingReportingOverflow(size) else {
      throw CheckpointError(file: file.path, cause: .invalid(object: matrix.path, reason: "its extents overflow"))
    }
    guard end <= file.byteCount else {
      throw CheckpointError(file: file.path, cause: .truncated(needed: end, found: file.byteCount))
    }
    self.source = file
    self.offset = offset
    self.rowCount = matrix.rowCount
    self.columnCount = matrix.columnCount
    self.elementType = matrix.elementType
    self.name = matrix.path
    self.checksums = checksums
  }

  /// Reads a block of columns, one pread(2) a row; whole rows in one.
  public func copy(
    rows: Range<Int>, columns: Range<Int>, to destination: inout MutableRawSpan, rowStride: Int
  ) throws(CheckpointError) {
    precondition(rows.upperBound <= rowCount && columns.upperBound <= columnCount, "block outside the matrix")
    let size = elementType.byteCount
    let length = columns.count * size
    let file = source
    let first = offset + (rows.lowerBound * columnCount + columns.lowerBound) * size
    let pitch = columnCount * size
    try destination.withUnsafeMutableBytes { (target) throws(CheckpointError) in
      if columns.count == columnCount && rowStride == length {
        try file.read(at: first, into: UnsafeMutableRawBufferPointer(rebasing: target[..<(rows.count * length)]))
        return
      }
      for index in 0..<rows.count {
        let start = index * rowStride
        try file.read(
          at: first + index * pitch, into: UnsafeMutableRawBufferPointer(rebasing: target[start..<(start + length)]))
      }
    }
  }
}
