/// A checkpoint that has been described and whose rows can be read.
public struct OpenCheckpoint: Sendable {
  /// What the file says about itself, checked.
  public let description: CheckpointDescription
  /// The file as the user named it.
  public let path: String
  private let file: ReadOnlyFile
  private let decoded: ReadOnlyFile?

  /// Joins a `description` with its `file`. `decoded` holds the elements of ``CheckpointDescription/encodedMatrices``,
  /// one matrix after another, row-major and without gaps.
  ///
  /// Throws where the description does not fit the file.
  public init(
    _ description: CheckpointDescription, in file: ReadOnlyFile, decoded: ReadOnlyFile?
  ) throws(CheckpointError) {
    self.description = try description.checked(file: file.path, fileByteCount: file.byteCount)
    self.path = file.path
    self.file = file
    self.decoded = decoded
  }

  /// G [N, P].
  public func gradients() throws(CheckpointError) -> FileBlocks { try blocks(description.gradients) }

  /// S [M, P] of `kind`; nil where the file holds none.
  public func factors(of kind: FisherKind) throws(CheckpointError) -> FileBlocks? {
    guard let stored = description.factors(of: kind) else { return nil }
    return try blocks(stored.matrix)
  }

  /// The rows of `matrix`, one of this description's.
  public func blocks(_ matrix: StoredMatrix) throws(CheckpointError) -> FileBlocks {
    let checksums = try checksums(of: matrix)
    switch matrix.storage {
    case .contiguous(let offset):
      return try FileBlocks(matrix, in: file, offset: offset, checksums: checksums)
    case .encoded:
      var offset = 0
      for other in description.encodedMatrices {
        if other == matrix {
          guard let decoded else { break }
          return try FileBlocks(matrix, in: decoded, offset: offset, checksums: checksums)
        }
        offset += other.byteCount ?? 0
      }
      throw CheckpointError(file: path, cause: .invalid(object: matrix.path, reason: "it has not been decoded"))
    }
  }

  /// The checksums of `matrix`, read from the file; nil where it holds none.
  private func checksums(of matrix: StoredMatrix) throws(CheckpointError) -> TileChecksums? {
    guard let stored = description.checksums?.first(where: { $0.matrix == matrix.path }) else { return nil }
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
