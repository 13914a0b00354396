public import Checkpoint

#if canImport(Darwin)
  internal import Darwin
#else
  internal import Glibc
#endif

/// Rows whose number is not known beforehand, kept in a file without a name until it is.
public struct RowSpool: ~Copyable {
  /// Rows so far.
  public private(set) var rowCount = 0
  /// P, the numbers in a row.
  public let columnCount: Int
  /// How one number is stored.
  public let elementType: ElementType
  /// The directory that the file was made in.
  public let directory: String
  private let operations: FileOperations
  private let descriptor: Int32

  /// Bytes of one row.
  private var rowByteCount: Int { columnCount * elementType.byteCount }

  /// An empty spool of rows of `columnCount` numbers on the file system of `directory`.
  public init(
    columnCount: Int, elementType: ElementType, in directory: String, operations: FileOperations = .system
  ) throws(CheckpointError) {
    do {
      descriptor = try operations.createUnnamed(directory)
    } catch {
      throw CheckpointError(error, file: directory + "/", byteCount: 0, operations)
    }
    self.columnCount = columnCount
    self.elementType = elementType
    self.directory = directory
    self.operations = operations
  }

  /// Adds a row of `columnCount` numbers, rounded to the element type.
  ///
  /// Throws where the row has another length and where the disk refuses; the rows before it stay.
  public mutating func append(_ row: Span<Float>) throws(CheckpointError) {
    guard row.count == columnCount else {
      let reason = "row \(rowCount) has \(row.count) numbers, not \(columnCount)"
      throw CheckpointError(file: directory, cause: .invalid(object: "spool", reason: reason))
    }
    let offset = rowCount * rowByteCount
    do {
      try row.withUnsafeBufferPointer { (row) throws(SystemError) in
        try elementType.forEachNarrowed(row) { (bytes, position) throws(SystemError) in
          try operations.writeAll(bytes, to: descriptor, at: offset + position)
        }
      }
    } catch {
      throw CheckpointError(error, file: directory + "/", byteCount: offset + rowByteCount, operations)
    }
    rowCount += 1
  }

  /// Copies `rows`, or all, into `block` of `writer`, whose header tells of as many rows of the same element type.
  public func copy(
    to writer: inout CheckpointWriter, as block: RowBlock, rows: [Int]? = nil
  ) throws(CheckpointError) {
    let row = UnsafeMutableRawBufferPointer.allocate(byteCount: rowByteCount, alignment: 16)
    defer { row.deallocate() }
    for (index, place) in (rows ?? Array(0..<rowCount)).enumerated() {
      do throws(SystemError) {
        try readAll(descriptor, at: place * rowByteCount, into: row, "read of the spool")
      } catch {
        throw CheckpointError(error, file: writer.path, byteCount: writer.byteCount, operations)
      }
      try writer.write(stored: UnsafeRawBufferPointer(row), at: index, of: block)
    }
  }

  /// Forgets all rows, to be filled again.
  public mutating func removeAll() { rowCount = 0 }

  deinit { close(descriptor) }
}
