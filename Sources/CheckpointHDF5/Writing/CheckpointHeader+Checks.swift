public import Checkpoint

extension CheckpointHeader {
  /// The description that a reader will make of the file, its matrices at `places`, its losses and squares zero; where the
  /// places are not known yet, a description that is good for checks only.
  func description(at places: [RowBlock: BlockPlace]?) -> CheckpointDescription {
    var shards: [StoredShard]?
    if case .index(let stored) = part { shards = stored }
    func matrix(_ block: RowBlock, rows: Int) -> StoredMatrix {
      let storage: StoredMatrix.Storage =
        shards != nil
        ? .sharded
        : places?[block].map { .contiguous(offset: $0.offset) }
          ?? .encoded(tiles: TileGrid(rowCount: 1, columnCount: 1))
      return StoredMatrix(
        path: block.path, rowCount: rows, columnCount: sketch?.columnCount ?? parameterCount, elementType: elementType,
        storage: storage)
    }
    func zeros(_ count: Int) -> SketchSquares {
      let none = [Double](repeating: 0, count: count)
      return SketchSquares(raw: none, whitened: none, outsidePilot: none)
    }
    let stored = sketch.map { sketch in
      StoredSketch(
        header: sketch, gradients: matrix(.sketchedGradients, rows: minibatchCount),
        squares: CheckpointSquares(
          gradients: zeros(minibatchCount),
          factors: Dictionary(factors.map { ($0.kind, zeros($0.rowCount)) }) { first, _ in first }))
    }
    return CheckpointDescription(
      creator: creator, created: created, run: run, sequence: sequence, step: step, sampling: sampling,
      likelihood: likelihood, gradients: matrix(.gradients, rows: minibatchCount),
      losses: [Double](repeating: 0, count: minibatchCount), batchSizes: batchSizes, minibatchSteps: minibatchSteps,
      factors: factors.map {
        StoredFactors(kind: $0.kind, matrix: matrix(.factors($0.kind), rows: $0.rowCount), minibatches: $0.minibatches)
      },
      tensors: tensors, parameters: hasParameters ? matrix(.parameters, rows: 1) : nil, metrics: metrics,
      groups: groups, configuration: configuration, batchHashes: batchHashes, shards: shards,
      sketch: stored)
  }

  /// What a file of this header says about itself, without where its matrices lie and with losses and squares of zero.
  public func described() -> CheckpointDescription { description(at: nil) }

  /// The description that a reader will make of the shard, with all that its checksum is of.
  func shardDescription(number: Int, of count: Int) -> ShardDescription {
    let ordered = factors.sorted { $0.kind.rawValue < $1.kind.rawValue }
    let rows =
      [(RowBlock.gradients, minibatchCount)] + ordered.map { (.factors($0.kind), $0.rowCount) }
      + (sketch != nil ? [(.sketchedGradients, minibatchCount)] : []) + (hasParameters ? [(.parameters, 1)] : [])
    return ShardDescription(
      run: run, step: step, number: number, shardCount: count,
      matrices: rows.map { block, rowCount in
        StoredMatrix(
          path: block.path, rowCount: rowCount, columnCount: columnCount, elementType: elementType,
          storage: .contiguous(offset: 0))
      }, checksums: [])
  }

  /// Throws where a reader would refuse the file, or where HDF5 would store something else than told.
  func check(for path: String) throws(CheckpointError) {
    func fail(_ object: String, _ reason: String) -> CheckpointError {
      CheckpointError(file: path, cause: .invalid(object: object, reason: reason))
    }
    // A shard need not have columns of every tensor.
    var whole = self
    if isShard { whole.sketch = nil }
    _ = try whole.description(at: nil).checked(file: path, fileByteCount: .max)
    if Set(factors.map(\.kind)).count < factors.count { throw fail("/fisher", "a kind of factors stands twice") }
    for tensor in tensors where tensor.shape.contains(where: { $0 < 1 }) || tensor.shape.reduce(1, *) != tensor.count {
      throw fail("/tensors/shape", "\(tensor.name): shape \(tensor.shape) does not make \(tensor.count) columns")
    }
    let texts =
      [creator, created, run] + tensors.map(\.name) + metrics.keys + (groups?.names ?? []) + configuration.texts
    if let text = texts.first(where: { $0.utf8.contains(0) || $0.utf8.count > Self.longestText }) {
      let start = text.prefix(40).debugDescription
      throw fail("a text", "\(start) holds a zero or is longer than \(Self.longestText) bytes")
    }
    if case .shard(let number, let count, let columns) = part {
      guard 1...StoredShard.limit ~= count, 0..<count ~= number else {
        throw fail(
          "attribute shard", "number \(number) of \(count): 1 to \(StoredShard.limit) shards, from 0 on, are needed")
      }
      guard !columns.isEmpty, columns.lowerBound >= 0, columns.upperBound <= parameterCount else {
        throw fail("/gradients", "columns \(columns) of \(parameterCount)")
      }
    }
    if groups?.names.contains("") == true { throw fail("/groups/name", "a group without a name") }
    if configuration.name == "" { throw fail("attribute name", "it is empty") }
    if configuration.values.keys.contains("") { throw fail("/configuration", "a setting without a name") }
    if configuration.values.count > ReadingLimits.metrics {
      throw fail("/configuration", "more than \(ReadingLimits.metrics) settings")
    }
    if let name = configuration.values.keys.first(where: { $0.utf8.count > ReadingLimits.nameByteCount }) {
      let start = name.prefix(40).debugDescription
      throw fail("/configuration", "the name \(start) is longer than \(ReadingLimits.nameByteCount) bytes")
    }
    if metrics.keys.contains("") || tensors.contains(where: { $0.name.isEmpty }) {
      throw fail("a name", "a metric or tensor without a name")
    }
  }

  /// Bytes of UTF-8 that a text may have: what readers accept of an attribute.
  static let longestText = 4_096
}

extension RunConfiguration {
  /// All that is stored as text.
  var texts: [String] {
    (name.map { [$0] } ?? []) + values.keys
      + values.values.compactMap {
        if case .text(let text) = $0 { text } else { nil }
      }
  }
}
