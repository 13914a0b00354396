internal import Checkpoint

extension UnsafeBufferPointer<Float> {
  /// Copies all numbers times `factor` to `destination` and returns the largest magnitude among the products; infinite or
  /// not a number if one of them is. It costs no more than the copy alone, which memory bounds.
  func copyMeasuring(to destination: UnsafeMutablePointer<Float>, times factor: Float = 1) -> Float {
    // Magnitudes compare as their bits do.
    var largest: Int32 = 0
    for index in indices {
      let value = self[index] * factor
      destination[index] = value
      largest = Swift.max(largest, Int32(bitPattern: value.bitPattern & 0x7fff_ffff))
    }
    return Float(bitPattern: UInt32(bitPattern: largest))
  }

  /// The largest magnitude among the numbers times `factor`; infinite or not a number if one of them is.
  func largestMagnitude(times factor: Float = 1) -> Float {
    var largest: Int32 = 0
    for value in self {
      largest = Swift.max(largest, Int32(bitPattern: (value * factor).bitPattern & 0x7fff_ffff))
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
