extension StoredMatrix {
  /// The most bytes that one decoded matrix may take, whatever the file declares.
  static let largest = 1 << 46

  /// Throws where its extents are out of bounds or its elements would reach beyond a file of `fileByteCount` bytes.
  func check(file: String, fileByteCount: Int) throws(CheckpointError) {
    func fail(_ reason: String) -> CheckpointError {
      CheckpointError(file: file, cause: .invalid(object: path, reason: reason))
    }
    guard rowCount >= 0, columnCount >= 0, let size = byteCount, size <= Self.largest else {
      throw fail("its extents are out of bounds")
    }
    switch storage {
    case .encoded(let tiles):
      // As decoded from another process: without elements they would come for ever.
      guard tiles.rowCount > 0, tiles.columnCount > 0 else { throw fail("its tiles are empty") }
      let (elements, overflow) = min(tiles.rowCount, rowCount)
        .multipliedReportingOverflow(by: min(tiles.columnCount, columnCount))
      guard !overflow, elements <= DecodedFile.largestTile / elementType.byteCount else {
        throw fail("its tiles are too large")
      }
    case .contiguous(let offset):
      guard offset >= 0, case (let end, false) = offset.addingReportingOverflow(size) else {
        throw fail("its offset is out of bounds")
      }
      guard end <= fileByteCount else {
        throw CheckpointError(file: file, cause: .truncated(needed: end, found: fileByteCount))
      }
    case .sharded: break
    }
  }
}

extension StoredChecksums {
  /// Throws where `checksums` are not those of `matrices`, or would reach beyond a file of `fileByteCount` bytes.
  static func check(
    _ checksums: [StoredChecksums], of matrices: [StoredMatrix], file: String, fileByteCount: Int
  ) throws(CheckpointError) {
    func fail(_ reason: String) -> CheckpointError {
      CheckpointError(file: file, cause: .invalid(object: "/checksums", reason: reason))
    }
    for matrix in matrices where !checksums.contains(where: { $0.matrix == matrix.path }) {
      throw fail("those of \(matrix.path) are missing")
    }
    for stored in checksums {
      guard let matrix = matrices.first(where: { $0.path == stored.matrix }) else {
        throw fail("\(stored.matrix) is no matrix of this file")
      }
      let (count, overflow) = matrix.rowCount.multipliedReportingOverflow(
        by: TileChecksums.tileCount(columnCount: matrix.columnCount))
      guard !overflow, count <= StoredMatrix.largest / 8 else { throw fail("they are out of bounds") }
      switch stored.storage {
      case .decoded(let values):
        guard values.count == count else { throw fail("\(values.count) for \(matrix.path), not \(count)") }
      case .contiguous(let offset):
        guard offset >= 0, case (let end, false) = offset.addingReportingOverflow(count * 8) else {
          throw fail("they are out of bounds")
        }
        guard end <= fileByteCount else {
          throw CheckpointError(file: file, cause: .truncated(needed: end, found: fileByteCount))
        }
      }
    }
  }
}
