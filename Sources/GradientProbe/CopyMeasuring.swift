extension UnsafeBufferPointer<Float> {
  /// Copies all numbers to `destination`, which may be where they are, and returns the largest magnitude among them;
  /// infinite or not a number if one of them is. It costs no more than the copy alone, which memory bounds.
  func copyMeasuring(to destination: UnsafeMutablePointer<Float>) -> Float {
    // Magnitudes compare as their bits do.
    var largest: Int32 = 0
    for index in indices {
      let value = self[index]
      destination[index] = value
      largest = Swift.max(largest, Int32(bitPattern: value.bitPattern & 0x7fff_ffff))
    }
    return Float(bitPattern: UInt32(bitPattern: largest))
  }
}

extension ElementType {
  /// The smallest magnitude of a `Float` that becomes infinite when it is stored.
  var overflow: Float {
    switch self {
    case .float32, .float64: .infinity
    // Half a step above the largest number: ties go to even, which is infinity.
    case .float16: 65_520
    case .bfloat16: Float(bitPattern: 0x7f7f_8000)
    }
  }
}
