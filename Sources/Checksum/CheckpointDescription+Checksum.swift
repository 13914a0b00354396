public import Checkpoint

extension CheckpointDescription {
  /// The checksum of everything that a reader uses besides the matrices' elements: attributes, extents, element types
  /// and small datasets, in the order and form of FORMAT.md. Where things lie in the file is left out: damage there
  /// shows in the elements.
  public var checksum: UInt64 {
    var writer = ChecksumInput()
    writer.add("gradient-probe")
    writer.add(version)
    for text in [creator, created, run] { writer.add(text) }
    writer.add(sequence)
    writer.add(step)
    writer.add(sampling.rawValue)
    writer.add(likelihood.rawValue)
    if shards == nil {
      writer.add(gradients)
    } else {
      // Of which type they are, the shards tell.
      writer.add(minibatchCount)
      writer.add(columnCount)
    }
    writer.add(losses)
    writer.add(batchSizes)
    writer.add(minibatchSteps)
    let factors = factors.filter { shards == nil || $0.minibatches != nil }
      .sorted { $0.kind.rawValue < $1.kind.rawValue }
    writer.add(factors.count)
    for stored in factors {
      writer.add(stored.kind.rawValue)
      if shards == nil { writer.add(stored.matrix) }
      writer.add(stored.minibatches)
    }
    writer.add(tensors.count)
    for tensor in tensors {
      writer.add(tensor.name)
      writer.add(tensor.offset)
      writer.add(tensor.count)
      writer.add(tensor.shape)
    }
    if shards == nil {
      writer.add(parameters == nil ? 0 : 1)
      if let parameters { writer.add(parameters) }
    }
    let metrics = metrics.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
    writer.add(metrics.count)
    for (name, value) in metrics {
      writer.add(name)
      writer.add([value])
    }
    if let shards {
      writer.add(shards.count)
      for shard in shards {
        writer.add(shard.name)
        writer.add(shard.offset)
        writer.add(shard.count)
        writer.add(Int(truncatingIfNeeded: shard.checksum))
      }
    }
    if let sketch {
      writer.add("sketch")
      writer.add(Int(truncatingIfNeeded: sketch.header.seed))
      writer.add(sketch.header.pilotKind.rawValue)
      writer.add(sketch.header.pilotRowCount)
      writer.add(sketch.header.pilot)
      writer.add(sketch.header.liveCount)
      writer.add(sketch.header.widths)
      if shards == nil { writer.add(sketch.gradients) }
      let kinds = sketch.squares.factors.sorted { $0.key.rawValue < $1.key.rawValue }
      for squares in [sketch.squares.gradients] + kinds.map(\.value) {
        for (_, values) in squares.arrays { writer.add(values) }
      }
    }
    return writer.hash.value
  }
}

extension ShardDescription {
  /// The checksum of everything that a reader uses of a shard besides the matrices' elements, the `checksums` of their
  /// tiles included, in the form of FORMAT.md.
  public func checksum(_ checksums: [TileChecksums]) -> UInt64 {
    precondition(checksums.count == matrices.count, "checksums of other matrices")
    var writer = ChecksumInput()
    writer.add("gradient-probe-shard")
    writer.add(CheckpointDescription.supportedVersion)
    writer.add(run)
    writer.add(step)
    writer.add(number)
    writer.add(shardCount)
    writer.add(matrices.count)
    for (matrix, tiles) in zip(matrices, checksums) {
      writer.add(matrix.path)
      writer.add(matrix)
      writer.add(tiles.values)
    }
    return writer.hash.value
  }
}

extension CheckpointDescription {
  /// Throws where `shard` is not the one numbered `number` of this index, and where its description does not have the
  /// checksum that the index tells.
  public func verify(_ shard: OpenShard, number: Int) throws(CheckpointError) {
    try check(shard, number: number)
    guard try shard.description.checksum(shard.checksums()) == shards?[number].checksum else {
      let object = "its description, or it is not the shard that the index tells of"
      throw CheckpointError(file: shard.path, cause: .damaged(object: object))
    }
  }
}

extension MinibatchGroups {
  /// The checksum of the groups' names and of each minibatch's group, in the form of FORMAT.md. Beside that of the
  /// description, of which programs that know no groups make the same as ever.
  public var checksum: UInt64 {
    var writer = ChecksumInput()
    writer.add(count)
    for name in names { writer.add(name) }
    writer.add(ids)
    return writer.hash.value
  }
}

extension RunConfiguration {
  /// The checksum of the run's name and settings, in the form of FORMAT.md. Beside that of the description, for the
  /// same reason.
  public var checksum: UInt64 {
    var writer = ChecksumInput()
    writer.add(name == nil ? 0 : 1)
    if let name { writer.add(name) }
    writer.add(values.count)
    for (name, value) in values.sorted(by: { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }) {
      writer.add(name)
      switch value {
      case .number(let number):
        writer.add("number")
        writer.add([number])
      case .text(let text):
        writer.add("text")
        writer.add(text)
      }
    }
    return writer.hash.value
  }
}

extension CheckpointDescription {
  /// The checksum of the minibatches' hashes, in the form of FORMAT.md; nil where there are none. Beside that of the
  /// description, for the same reason.
  public var batchHashesChecksum: UInt64? {
    guard let batchHashes else { return nil }
    var writer = ChecksumInput()
    writer.add(batchHashes)
    return writer.hash.value
  }
}

/// Texts, integers and numbers as bytes of one hash.
private struct ChecksumInput: ~Copyable {
  var hash = StreamingHash()

  /// 64 bits, little-endian.
  mutating func add(_ integer: Int) {
    withUnsafeBytes(of: Int64(integer).littleEndian) { hash.update($0) }
  }

  /// The number of bytes, then UTF-8.
  mutating func add(_ text: String) {
    let bytes = Array(text.utf8)
    add(bytes.count)
    bytes.withUnsafeBytes { hash.update($0) }
  }

  /// The number of values, then each; −1 where there are none.
  mutating func add(_ integers: [Int]?) {
    guard let integers else { return add(-1) }
    add(integers.count)
    integers.map { Int64($0).littleEndian }.withUnsafeBytes { hash.update($0) }
  }

  /// The number of values, then each.
  mutating func add(_ words: [UInt64]) {
    add(words.count)
    words.map(\.littleEndian).withUnsafeBytes { hash.update($0) }
  }

  /// The number of values, then the bits of each.
  mutating func add(_ numbers: [Double]) {
    add(numbers.count)
    numbers.map(\.bitPattern.littleEndian).withUnsafeBytes { hash.update($0) }
  }

  /// Rows, columns and the element type.
  mutating func add(_ matrix: StoredMatrix) {
    add(matrix.rowCount)
    add(matrix.columnCount)
    add(matrix.elementType.rawValue)
  }
}
