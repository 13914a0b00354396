/// A shard of a checkpoint that has been described and whose rows can be read.
public struct OpenShard: Sendable {
  /// What the file says about itself, checked.
  public let description: ShardDescription
  /// Where it is.
  public let path: String
  private let file: MatrixFile

  /// Joins a `description` with its `file`. `decoded` holds the elements of ``ShardDescription/encodedMatrices``, one
  /// matrix after another, row-major and without gaps.
  ///
  /// Throws where the description does not fit the file.
  public init(
    _ description: ShardDescription, in file: ReadOnlyFile, decoded: ReadOnlyFile?
  ) throws(CheckpointError) {
    self.description = try description.checked(file: file.path, fileByteCount: file.byteCount)
    path = file.path
    self.file = MatrixFile(
      file, decoded: decoded, encoded: self.description.encodedMatrices, checksums: self.description.checksums)
  }

  /// The checksums of each of its matrices' tiles, in the order of ``ShardDescription/matrices``.
  public func checksums() throws(CheckpointError) -> [TileChecksums] {
    try description.matrices.map { (matrix) throws(CheckpointError) in
      guard let checksums = try file.checksums(of: matrix) else {
        throw CheckpointError(file: path, cause: .missing("/checksums\(matrix.path)"))
      }
      return checksums
    }
  }

  /// The rows of the matrix at `path`; nil where it holds none.
  func blocks(_ path: String) throws(CheckpointError) -> FileBlocks? {
    guard let matrix = description.matrices.first(where: { $0.path == path }) else { return nil }
    return try file.blocks(matrix)
  }
}

extension CheckpointDescription {
  /// Throws where `shard` is not the one numbered `number` of this index, as far as its description tells.
  public func check(_ shard: OpenShard, number: Int) throws(CheckpointError) {
    let found = shard.description
    func foreign(_ what: String, _ is: String, _ expected: String) -> CheckpointError {
      CheckpointError(
        file: shard.path,
        cause: .invalid(
          object: "attribute \(what)", reason: "it is of another checkpoint: \(`is`), where the index has \(expected)"))
    }
    guard let stored = shards?[number] else { return }
    if found.run != run { throw foreign("run", found.run.debugDescription, run.debugDescription) }
    if found.step != step { throw foreign("step", "\(found.step)", "\(step)") }
    if found.number != number { throw foreign("shard", "\(found.number)", "\(number)") }
    if found.shardCount != shards?.count { throw foreign("shards", "\(found.shardCount)", "\(shards?.count ?? 0)") }
    for matrix in found.matrices {
      func fail(_ reason: String) -> CheckpointError {
        CheckpointError(file: shard.path, cause: .invalid(object: matrix.path, reason: reason))
      }
      guard matrix.columnCount == stored.count else {
        throw fail("\(matrix.columnCount) columns, but the index tells of \(stored.count)")
      }
      if matrix.path == "/gradients", matrix.rowCount != minibatchCount {
        throw fail("\(matrix.rowCount) rows, but there are \(minibatchCount) minibatches")
      }
    }
  }

  /// This index with the matrices that its shards hold. Throws where they do not hold the same ones.
  func completed(with opened: [OpenShard]) throws(CheckpointError) -> CheckpointDescription {
    guard let first = opened.first else { return self }
    for shard in opened {
      for matrix in first.description.matrices {
        func fail(_ reason: String) -> CheckpointError {
          CheckpointError(
            file: shard.path, cause: .invalid(object: matrix.path, reason: "\(reason) of \(first.path)"))
        }
        guard let own = shard.description.matrices.first(where: { $0.path == matrix.path }) else {
          throw fail("it is missing, unlike that")
        }
        guard own.rowCount == matrix.rowCount else { throw fail("\(own.rowCount) rows, unlike the \(matrix.rowCount)") }
        guard own.elementType == matrix.elementType else {
          throw fail("\(own.elementType.rawValue), unlike the \(matrix.elementType.rawValue)")
        }
      }
      if let own = shard.description.matrices.first(where: { own in
        !first.description.matrices.contains { $0.path == own.path }
      }) {
        let reason = "it is missing in \(first.path)"
        throw CheckpointError(file: shard.path, cause: .invalid(object: own.path, reason: reason))
      }
    }
    func whole(_ path: String) -> StoredMatrix? {
      first.description.matrices.first { $0.path == path }.map {
        StoredMatrix(
          path: path, rowCount: $0.rowCount, columnCount: columnCount, elementType: $0.elementType, storage: .sharded
        )
      }
    }
    var description = self
    description.gradients = whole("/gradients") ?? gradients
    description.parameters = whole("/parameters")
    if sketch != nil {
      guard let gradients = whole(StoredSketch.gradientsPath) else {
        throw CheckpointError(file: first.path, cause: .missing(StoredSketch.gradientsPath))
      }
      description.sketch?.gradients = gradients
    }
    description.factors = []
    for kind in FisherKind.allCases where kind.isStored {
      let path = "/fisher/\(kind.rawValue)/factors"
      let told = factors(of: kind)
      if let matrix = whole(path) {
        description.factors.append(StoredFactors(kind: kind, matrix: matrix, minibatches: told?.minibatches))
      } else if told != nil {
        throw CheckpointError(file: first.path, cause: .missing("\(path), whose minibatches the index tells"))
      }
    }
    description.unwrittenChunks = opened.flatMap(\.description.unwrittenChunks)
    return description
  }
}
