/// A checkpoint that has been described and whose rows can be read.
public struct OpenCheckpoint: Sendable {
  /// What the file says about itself, checked.
  public let description: CheckpointDescription
  /// The file as the user named it.
  public let path: String
  private let file: MatrixFile
  /// Its shards in the order of their columns; empty where the matrices are in the file itself.
  private let shards: [OpenShard]

  /// Joins a `description` with its `file`. `decoded` holds the elements of ``CheckpointDescription/encodedMatrices``,
  /// one matrix after another, row-major and without gaps; `shards` are those that the description lists, in its order.
  ///
  /// Throws where the description does not fit the file, and where the shards do not belong to it.
  public init(
    _ description: CheckpointDescription, in file: ReadOnlyFile, decoded: ReadOnlyFile?, shards: [OpenShard] = []
  ) throws(CheckpointError) {
    precondition(shards.count == description.shards?.count ?? 0, "shards of another checkpoint")
    for (number, shard) in shards.enumerated() { try description.check(shard, number: number) }
    let order = (description.shards ?? []).indices.sorted {
      description.shards![$0].offset < description.shards![$1].offset
    }
    self.shards = order.map { shards[$0] }
    self.description = try description.completed(with: shards)
      .checked(file: file.path, fileByteCount: file.byteCount)
    path = file.path
    self.file = MatrixFile(
      file, decoded: decoded, encoded: self.description.encodedMatrices, checksums: self.description.checksums ?? [])
  }

  /// G [N, P].
  public func gradients() throws(CheckpointError) -> any ColumnBlocks { try blocks(description.gradients) }

  /// S [M, P] of `kind`; nil where the file holds none.
  public func factors(of kind: FisherKind) throws(CheckpointError) -> (any ColumnBlocks)? {
    guard let stored = description.factors(of: kind) else { return nil }
    return try blocks(stored.matrix)
  }

  /// The rows of `matrix`, one of this description's.
  public func blocks(_ matrix: StoredMatrix) throws(CheckpointError) -> any ColumnBlocks {
    guard matrix.storage == .sharded else { return try file.blocks(matrix) }
    var parts: [FileBlocks] = []
    for shard in shards {
      if let part = try shard.blocks(matrix.path) { parts.append(part) }
    }
    return ShardedBlocks(parts, file: path)
  }
}
