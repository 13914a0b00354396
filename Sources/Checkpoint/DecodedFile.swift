#if canImport(Darwin)
  internal import Darwin
#else
  internal import Glibc
#endif

/// A temporary file without a name that takes tiles as they are decoded and keeps every matrix row-major.
public struct DecodedFile: ~Copyable {
  /// The most bytes that a tile may have.
  public static let largestTile = 128 << 20

  private let path: String
  private let matrices: [StoredMatrix]
  private let descriptor: Int32
  private var matrixIndex = 0
  /// Where the current matrix begins.
  private var base = 0
  private var row = 0
  private var column = 0

  /// A file for the encoded `matrices` of a checked description of the file at `path`, in the directory for temporary files.
  ///
  /// Throws where their decoded size does not fit there. (mkstemp(3), fstatvfs(3))
  public init(for matrices: [StoredMatrix], path: String) throws(CheckpointError) {
    let directory = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
    var template = Array((directory + "/gradient-probe-decoded-XXXXXX").utf8CString)
    let descriptor = mkstemp(&template)
    guard descriptor >= 0 else { throw CheckpointError(file: directory, cause: .lastSystemError("mkstemp")) }
    unlink(template)
    _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    var needed = 0
    for matrix in matrices {
      let (sum, overflow) = needed.addingReportingOverflow(matrix.byteCount ?? .max)
      guard !overflow else {
        close(descriptor)
        throw CheckpointError(file: path, cause: .invalid(object: matrix.path, reason: "its extents overflow"))
      }
      needed = sum
    }
    var status = statvfs()
    if fstatvfs(descriptor, &status) == 0 {
      let available = Int(clamping: UInt64(status.f_bavail).multipliedReportingOverflow(by: UInt64(status.f_frsize)).0)
      guard needed <= available else {
        close(descriptor)
        throw CheckpointError(file: path, cause: .noSpace(needed: needed, available: available))
      }
    }
    self.descriptor = descriptor
    self.path = path
    self.matrices = matrices
    skipEmptyMatrices()
  }

  /// Bytes of the tile that comes next; nil after the last.
  public var nextTileByteCount: Int? {
    guard let tile = nextTile else { return nil }
    let size = matrices[matrixIndex].elementType.byteCount
    let (elements, overflow) = tile.rows.count.multipliedReportingOverflow(by: tile.columns.count)
    let (bytes, more) = elements.multipliedReportingOverflow(by: size)
    return overflow || more ? .max : bytes
  }

  private var nextTile: (rows: Range<Int>, columns: Range<Int>)? {
    guard matrixIndex < matrices.count, case .encoded(let tiles) = matrices[matrixIndex].storage else { return nil }
    let matrix = matrices[matrixIndex]
    return (
      row..<(row + min(tiles.rowCount, matrix.rowCount - row)),
      column..<(column + min(tiles.columnCount, matrix.columnCount - column))
    )
  }

  /// Puts the next tile in its place. (pwrite(2))
  public mutating func append(_ bytes: UnsafeRawBufferPointer) throws(CheckpointError) {
    guard let tile = nextTile, bytes.count == nextTileByteCount else {
      throw CheckpointError(file: path, cause: .invalid(object: "decoded data", reason: "a tile of another size"))
    }
    let matrix = matrices[matrixIndex]
    let size = matrix.elementType.byteCount
    let length = tile.columns.count * size
    let first = base + (tile.rows.lowerBound * matrix.columnCount + tile.columns.lowerBound) * size
    if tile.columns.count == matrix.columnCount {
      try write(bytes, at: first)
    } else {
      for index in 0..<tile.rows.count {
        let piece = UnsafeRawBufferPointer(rebasing: bytes[(index * length)..<((index + 1) * length)])
        try write(piece, at: first + index * matrix.columnCount * size)
      }
    }
    column = tile.columns.upperBound
    if column == matrix.columnCount {
      column = 0
      row = tile.rows.upperBound
      if row == matrix.rowCount {
        row = 0
        base += matrix.byteCount ?? 0
        matrixIndex += 1
        skipEmptyMatrices()
      }
    }
  }

  /// The file, once every tile is in it.
  public consuming func finish() throws(CheckpointError) -> ReadOnlyFile {
    guard matrixIndex == matrices.count else {
      throw CheckpointError(file: path, cause: .invalid(object: "decoded data", reason: "it ends early"))
    }
    let own = fcntl(descriptor, F_DUPFD_CLOEXEC, 0)
    guard own >= 0 else { throw CheckpointError(file: path, cause: .lastSystemError("dup")) }
    return try ReadOnlyFile(adopting: own, path: path)
  }

  private mutating func skipEmptyMatrices() {
    while matrixIndex < matrices.count, matrices[matrixIndex].byteCount == 0 { matrixIndex += 1 }
  }

  private func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(CheckpointError) {
    var done = 0
    while done < bytes.count {
      let count = pwrite(descriptor, bytes.baseAddress! + done, bytes.count - done, off_t(offset + done))
      if count >= 0 {
        done += count
      } else if errno != EINTR {
        throw CheckpointError(file: path, cause: .lastSystemError("write of decoded data"))
      }
    }
  }

  deinit { close(descriptor) }
}
