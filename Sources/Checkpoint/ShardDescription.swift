/// Everything that a shard file says about itself except its large matrices, of which it tells where they are.
public struct ShardDescription: Hashable, Codable, Sendable {
  /// Run id of the checkpoint that it belongs to.
  public var run: String
  /// Training step of the checkpoint.
  public var step: Int
  /// 0-based number among the checkpoint's shards.
  public var number: Int
  /// Number of the checkpoint's shards R.
  public var shardCount: Int
  /// `/gradients`, the kinds of factors by name, `/sketch/gradients` and `/parameters`, as far as they are there, in that order.
  public var matrices: [StoredMatrix]
  /// Where the checksums of each are.
  public var checksums: [StoredChecksums]
  /// The matrices of which some chunks were never written.
  public var unwrittenChunks: [UnwrittenChunks]

  /// A description with all its parts; nothing is checked yet.
  public init(
    run: String, step: Int, number: Int, shardCount: Int, matrices: [StoredMatrix], checksums: [StoredChecksums],
    unwrittenChunks: [UnwrittenChunks] = []
  ) {
    self.run = run
    self.step = step
    self.number = number
    self.shardCount = shardCount
    self.matrices = matrices
    self.checksums = checksums
    self.unwrittenChunks = unwrittenChunks
  }

  /// The matrices that only HDF5 can decode, in the order in which their tiles are passed on.
  public var encodedMatrices: [StoredMatrix] { matrices.filter(\.isEncoded) }

  /// This description if its parts agree with each other and fit a file of `fileByteCount` bytes; throws the first fault
  /// found.
  public func checked(file: String, fileByteCount: Int) throws(CheckpointError) -> ShardDescription {
    let paths = matrices.map(\.path)
    guard let gradients = matrices.first, gradients.path == "/gradients", Set(paths).count == paths.count else {
      throw CheckpointError(file: file, cause: .missing("/gradients"))
    }
    for matrix in matrices {
      try matrix.check(file: file, fileByteCount: fileByteCount)
      guard matrix.columnCount == gradients.columnCount else {
        let reason = "\(matrix.columnCount) columns, but /gradients has \(gradients.columnCount)"
        throw CheckpointError(file: file, cause: .invalid(object: matrix.path, reason: reason))
      }
      guard matrix.rowCount > 0, matrix.columnCount > 0 else {
        throw CheckpointError(file: file, cause: .invalid(object: matrix.path, reason: "it is empty"))
      }
    }
    try StoredChecksums.check(checksums, of: matrices, file: file, fileByteCount: fileByteCount)
    return self
  }
}
