internal import Checkpoint

extension ElementType {
  /// Calls `body` with the stored form of `numbers`, rounded to nearest, a piece at a time, each with the byte at which
  /// it begins in the whole.
  func forEachNarrowed<Failure: Error>(
    _ numbers: UnsafeBufferPointer<Float>, _ body: (UnsafeRawBufferPointer, Int) throws(Failure) -> Void
  ) throws(Failure) {
    if self == .float32 { return try body(UnsafeRawBufferPointer(numbers), 0) }
    let pieceCount = 65_536
    let buffer = UnsafeMutableRawBufferPointer.allocate(
      byteCount: min(pieceCount, numbers.count) * byteCount, alignment: 16)
    defer { buffer.deallocate() }
    var first = 0
    while first < numbers.count {
      let count = min(pieceCount, numbers.count - first)
      narrow(UnsafeBufferPointer(rebasing: numbers[first..<(first + count)]), to: buffer)
      try body(UnsafeRawBufferPointer(rebasing: buffer[..<(count * byteCount)]), first * byteCount)
      first += count
    }
  }

  private func narrow(_ numbers: UnsafeBufferPointer<Float>, to buffer: UnsafeMutableRawBufferPointer) {
    switch self {
    case .float32: buffer.copyMemory(from: UnsafeRawBufferPointer(numbers))
    case .float64:
      let target = buffer.assumingMemoryBound(to: Double.self)
      for index in numbers.indices { target[index] = Double(numbers[index]) }
    case .float16:
      let target = buffer.assumingMemoryBound(to: UInt16.self)
      for index in numbers.indices { target[index] = numbers[index].binary16 }
    case .bfloat16:
      let target = buffer.assumingMemoryBound(to: UInt16.self)
      for index in numbers.indices { target[index] = numbers[index].brain16 }
    }
  }
}
