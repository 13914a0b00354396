/// A file with matrices, a checkpoint's or a shard's, open for reading.
struct MatrixFile: Sendable {
  private let file: ReadOnlyFile
  /// The elements of the encoded ones, one after another, row-major and without gaps.
  private let decoded: ReadOnlyFile?
  private let encoded: [StoredMatrix]
  private let checksums: [StoredChecksums]

  init(_ file: ReadOnlyFile, decoded: ReadOnlyFile?, encoded: [StoredMatrix], checksums: [StoredChecksums]) {
    self.file = file
    self.decoded = decoded
    self.encoded = encoded
    self.checksums = checksums
  }

  /// The rows of `matrix`, one of this file's.
  func blocks(_ matrix: StoredMatrix) throws(CheckpointError) -> FileBlocks {
    let checksums = try checksums(of: matrix)
    switch matrix.storage {
    case .contiguous(let offset):
      return try FileBlocks(matrix, in: file, offset: offset, checksums: checksums)
    case .encoded:
      var offset = 0
      for other in encoded {
        if other == matrix {
          guard let decoded else { break }
          return try FileBlocks(matrix, in: decoded, offset: offset, checksums: checksums)
        }
        offset += other.byteCount ?? 0
      }
    case .sharded: break
    }
    throw CheckpointError(file: file.path, cause: .invalid(object: matrix.path, reason: "it has not been decoded"))
  }

  /// The checksums of `matrix`, read from the file; nil where it holds none.
  func checksums(of matrix: StoredMatrix) throws(CheckpointError) -> TileChecksums? {
    guard let stored = checksums.first(where: { $0.matrix == matrix.path }) else { return nil }
    let values: [UInt64]
    switch stored.storage {
    case .decoded(let decoded): values = decoded
    case .contiguous(let offset):
      let count = matrix.rowCount * TileChecksums.tileCount(columnCount: matrix.columnCount)
      let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: count * 8, alignment: 8)
      defer { buffer.deallocate() }
      try file.read(at: offset, into: buffer)
      values = buffer.bindMemory(to: UInt64.self).map { UInt64(littleEndian: $0) }
    }
    return TileChecksums(values, rowCount: matrix.rowCount, columnCount: matrix.columnCount)
  }
}
