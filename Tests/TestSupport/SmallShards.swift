public import Checkpoint
internal import CheckpointHDF5

#if canImport(Darwin)
  internal import Darwin
#else
  internal import Glibc
#endif

/// Writes what ``writeSmall(_:to:operations:)`` writes, in shards of `columns` beside the index at `path`; shards come in
/// the order of `columns`, which may be any. `change` may tell the index something else of them.
public func writeSmallShards(
  _ header: CheckpointHeader = smallHeader(), to path: String, columns: [Range<Int>],
  change: (inout [StoredShard]) -> Void = { _ in }
) throws(CheckpointError) {
  let folder = StoredShard.folder(of: path)
  mkdir(folder, 0o755)
  var stored: [StoredShard] = []
  for (number, range) in columns.enumerated() {
    stored.append(
      try writeSmallShard(
        header, number: number, of: columns.count, columns: range,
        to: folder + "/" + StoredShard.name(number, of: columns.count)))
  }
  change(&stored)
  var index = header
  index.part = .index(shards: stored)
  try CheckpointWriter(index, to: path).finish(losses: (0..<header.minibatchCount).map { Double($0) / 4 })
}

/// Writes one such shard, and returns what an index tells of it.
public func writeSmallShard(
  _ header: CheckpointHeader = smallHeader(), number: Int, of count: Int, columns: Range<Int>, to path: String
) throws(CheckpointError) -> StoredShard {
  var part = header
  part.part = .shard(number: number, of: count, columns: columns)
  var writer = try CheckpointWriter(part, to: path)
  for (block, count) in rows(of: header) {
    for index in 0..<count {
      let row = Array(smallRow(index, of: block)[columns])
      try writer.write(row.span, at: index, of: block)
    }
  }
  return try writer.finishShard()
}

/// The rows of each of its matrices.
func rows(of header: CheckpointHeader) -> [(RowBlock, Int)] {
  [(.gradients, header.minibatchCount)] + header.factors.map { (.factors($0.kind), $0.rowCount) }
    + (header.hasParameters ? [(.parameters, 1)] : [])
}

/// Writes the checkpoint at `source`, whose numbers Float holds, in shards of `columns` beside an index at `path`.
public func writeShards(of source: String, to path: String, columns: [Range<Int>]) throws(CheckpointError) {
  let checkpoint = try CheckpointReader.open(source)
  let description = checkpoint.description
  var header = CheckpointHeader(
    creator: description.creator, created: description.created, run: description.run, sequence: description.sequence,
    step: description.step, sampling: description.sampling, likelihood: description.likelihood,
    elementType: description.gradients.elementType, batchSizes: description.batchSizes,
    minibatchSteps: description.minibatchSteps, groups: description.groups,
    factors: description.factors.map {
      FactorHeader(kind: $0.kind, rowCount: $0.matrix.rowCount, minibatches: $0.minibatches)
    }, tensors: description.tensors, hasParameters: description.parameters != nil, metrics: description.metrics)
  header.configuration = description.configuration
  mkdir(StoredShard.folder(of: path), 0o755)
  var stored: [StoredShard] = []
  for (number, range) in columns.enumerated() {
    var part = header
    part.part = .shard(number: number, of: columns.count, columns: range)
    var writer = try CheckpointWriter(
      part, to: StoredShard.folder(of: path) + "/" + StoredShard.name(number, of: columns.count))
    for (block, count) in rows(of: header) {
      let matrix = description.matrices.first { $0.path == block.path }!
      for row in 0..<count {
        let numbers = try widened(row, try checkpoint.blocks(matrix))
        try writer.write(Array(numbers[range]).span, at: row, of: block)
      }
    }
    stored.append(try writer.finishShard())
  }
  header.part = .index(shards: stored)
  try CheckpointWriter(header, to: path).finish(losses: description.losses)
}

/// A whole row of `blocks`.
private func widened(_ row: Int, _ blocks: any ColumnBlocks) throws(CheckpointError) -> [Float] {
  let size = blocks.columnCount * blocks.elementType.byteCount
  let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: 8 * blocks.columnCount, alignment: 16)
  defer { bytes.deallocate() }
  var span = MutableRawSpan(
    _unsafeBytes: UnsafeMutableRawBufferPointer(rebasing: bytes[(bytes.count - size)...]))
  try blocks.copy(rows: row..<(row + 1), columns: 0..<blocks.columnCount, to: &span, rowStride: size)
  blocks.elementType.widen(blocks.columnCount, in: bytes, to: Double.self)
  return bytes.bindMemory(to: Double.self).map { Float($0) }
}
