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
    switch matrix.storage {
    case .contiguous(let offset):
      return try FileBlocks(matrix, in: file, offset: offset)
    case .encoded:
      var offset = 0
      for other in description.encodedMatrices {
        if other == matrix {
          guard let decoded else { break }
          return try FileBlocks(matrix, in: decoded, offset: offset)
        }
        offset += other.byteCount ?? 0
      }
      throw CheckpointError(file: path, cause: .invalid(object: matrix.path, reason: "it has not been decoded"))
    }
  }
}
