public import Checkpoint

extension CheckpointWriter {
  /// Bytes that a checkpoint of `header` takes on disk, found by laying it out in memory.
  ///
  /// Where that fails, the bytes of its rows alone: writing the checkpoint will tell the cause.
  public static func byteCount(of header: CheckpointHeader) -> Int {
    if let skeleton = try? Skeleton(header, for: "layout") { return skeleton.byteCount }
    return header.blocks.reduce(0) { total, block in
      total + block.rowCount * header.parameterCount * header.elementType.byteCount
    }
  }
}
