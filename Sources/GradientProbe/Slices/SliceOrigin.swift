internal import Checkpoint
internal import CheckpointHDF5
internal import Checksum
internal import Landscape

/// The checkpoint beside which a slice is captured.
struct SliceOrigin {
  let description: CheckpointDescription
  /// The checksum of all that the checkpoint file says about itself, as a slice names it.
  let checksum: String
  private let parameters: [Float]?

  init(_ path: String) throws(CheckpointError) {
    let checkpoint = try CheckpointReader.open(path)
    description = checkpoint.description
    parameters = try checkpoint.parameterValues()
    checksum = Slice.checksumText(checkpoint.description.checksum)
  }

  /// Throws where the model's tensors are not the checkpoint's.
  func check(_ layout: RowLayout) throws(CaptureError) {
    guard layout.tensors == description.tensors else {
      throw .layoutChanged("the checkpoint has other tensors than the model")
    }
  }

  /// Throws where the model's θ is not the checkpoint's; where either is unknown there is nothing to compare.
  func check(_ own: [Float]?) throws(CaptureError) {
    guard let parameters, let own, description.parameters?.elementType == .float32 else { return }
    guard parameters == own else { throw .movedSinceCheckpoint(step: description.step) }
  }

  /// Tells captures apart.
  func key(_ parameters: [Float]?, _ directions: [Direction], _ grid: SliceGrid, _ sizes: [Int]) -> UInt64 {
    var hash = StreamingHash()
    func add(_ word: UInt64) { withUnsafeBytes(of: word.littleEndian) { hash.update($0) } }
    for byte in checksum.utf8 { add(UInt64(byte)) }
    parameters?.withUnsafeBytes { hash.update($0) }
    for direction in directions { direction.values.withUnsafeBytes { hash.update($0) } }
    for axis in grid.axes {
      for bits in [axis.lower.bitPattern, axis.upper.bitPattern, UInt64(axis.count)] { add(bits) }
    }
    for size in sizes { add(UInt64(size)) }
    return hash.value
  }
}

extension OpenCheckpoint {
  /// θ, if the file holds it.
  func parameterValues() throws(CheckpointError) -> [Float]? {
    guard let stored = description.parameters else { return nil }
    let blocks = try blocks(stored)
    let (count, size) = (blocks.columnCount, blocks.elementType.byteCount)
    // Stored elements go to the buffer's end, from where they are widened to its beginning.
    var values = [Double](repeating: 0, count: (count * max(size, 4) + 7) / 8)
    let byteCount = count * max(size, 4)
    var numbers = values.mutableSpan
    try numbers.withUnsafeMutableBytes { (bytes) throws(CheckpointError) in
      var target = UnsafeMutableRawBufferPointer(rebasing: bytes[(byteCount - count * size)..<byteCount]).mutableBytes
      try blocks.copy(rows: 0..<1, columns: 0..<count, to: &target, rowStride: count * size)
    }
    return values.withUnsafeMutableBytes { bytes in
      blocks.elementType.widen(
        count, in: UnsafeMutableRawBufferPointer(rebasing: bytes[..<byteCount]), to: Float.self)
      return Array(bytes.bindMemory(to: Float.self).prefix(count))
    }
  }
}
