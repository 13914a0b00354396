public import Checkpoint

extension CheckpointWriter {
  /// Bytes that a checkpoint of `header` takes on disk, found by laying it out in memory.
  ///
  /// Where that fails, an upper bound: writing the checkpoint will tell the cause.
  public static func byteCount(of header: CheckpointHeader) -> Int {
    if let limit = FileOperations.system.sizeLimit(), limit < header.largestByteCount { return header.largestByteCount }
    return (try? Skeleton(header, for: "layout").byteCount) ?? header.largestByteCount
  }
}

extension CheckpointHeader {
  /// Bytes of all rows.
  var rowByteCount: Int { blocks.reduce(0) { $0 + $1.rowCount * columnCount * elementType.byteCount } }

  /// Bytes that a checkpoint takes at most, from its rows and what HDF5 needs around them.
  var largestByteCount: Int {
    let tileCount = TileChecksums.tileCount(columnCount: columnCount)
    let checksums = blocks.reduce(0) { $0 + $1.rowCount * 8 * (tileCount + 1) }
    let nameWidth = tensors.map { $0.name.utf8.count }.max() ?? 0
    let rank = tensors.map(\.shape.count).max() ?? 0
    let groupNames = groups.map { $0.count * ($0.names.map(\.utf8.count).max() ?? 0) } ?? 0
    let squares = sketch == nil ? 0 : 24 * (minibatchCount + factors.reduce(0) { $0 + $1.rowCount }) + 8 * tensors.count
    let small =
      squares + 48 * minibatchCount + groupNames + tensors.count * (nameWidth + 8 * (rank + 2)) + 512 * metrics.count
    let configured =
      512 * configuration.values.count + configuration.texts.reduce(0) { $0 + 2 * $1.utf8.count }
    var table = 0
    if case .index(let shards) = part {
      table = shards.count * (24 + (shards.map(\.name.utf8.count).max() ?? 0))
    }
    return rowByteCount + checksums + small + configured + table
      + Skeleton.alignment
      * (96 + 24 * factors.count * (sketch == nil ? 1 : 2) + (sketch == nil ? 0 : 48)
        + (metrics.count + configuration.values.count) / 8)
  }
}
