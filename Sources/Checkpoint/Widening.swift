extension ElementType {
  /// Widens `count` stored elements that end at the last byte of `bytes` to numbers that begin at its first, in place.
  ///
  /// `bytes` has room for `count` numbers of type `Scalar`, and `Scalar` is no narrower than a stored element or the
  /// element is rounded to it. Element i is read before number i is written over it, so no second buffer is needed.
  @inlinable public func widen<Scalar: StoredElement>(
    _ count: Int, in bytes: UnsafeMutableRawBufferPointer, to scalar: Scalar.Type
  ) {
    // Inlinable, so that callers in other modules get it for their type instead of a call for every number.
    let source = bytes.baseAddress! + (bytes.count - count * byteCount)
    let target = bytes.baseAddress!
    switch self {
    case .float32:
      if Scalar.self == Float.self && source == target { return }
      for index in 0..<count {
        let value = source.loadUnaligned(fromByteOffset: index * 4, as: Float.self)
        target.storeBytes(of: Scalar(value), toByteOffset: index * MemoryLayout<Scalar>.stride, as: Scalar.self)
      }
    case .float64:
      if Scalar.self == Double.self && source == target { return }
      for index in 0..<count {
        let value = source.loadUnaligned(fromByteOffset: index * 8, as: Double.self)
        target.storeBytes(of: Scalar(value), toByteOffset: index * MemoryLayout<Scalar>.stride, as: Scalar.self)
      }
    case .bfloat16:
      for index in 0..<count {
        let bits = source.loadUnaligned(fromByteOffset: index * 2, as: UInt16.self)
        let value = Float(bitPattern: UInt32(bits) << 16)
        target.storeBytes(of: Scalar(value), toByteOffset: index * MemoryLayout<Scalar>.stride, as: Scalar.self)
      }
    case .float16:
      for index in 0..<count {
        let value = Float(binary16: source.loadUnaligned(fromByteOffset: index * 2, as: UInt16.self))
        target.storeBytes(of: Scalar(value), toByteOffset: index * MemoryLayout<Scalar>.stride, as: Scalar.self)
      }
    }
  }
}

extension Float {
  /// The number whose IEEE 754 binary16 bits are `bits`, exactly. (`Float16` is missing on macOS for Intel.)
  public init(binary16 bits: UInt16) {
    let magnitude = UInt32(bits & 0x7fff) << 13
    // Scaling by 2^112 moves the exponent's bias from 15 to 127 and normalises subnormal numbers.
    var value = (Float(bitPattern: magnitude) * 0x1p112).bitPattern
    if bits & 0x7c00 == 0x7c00 { value = magnitude | 0x7f80_0000 }
    self.init(bitPattern: value | UInt32(bits & 0x8000) << 16)
  }

  /// The IEEE 754 binary16 bits nearest to this number, ties to even; infinite where it is too large.
  public var binary16: UInt16 {
    let sign = UInt16(bitPattern >> 16 & 0x8000)
    let magnitude = bitPattern & 0x7fff_ffff
    if magnitude > 0x7f80_0000 { return sign | 0x7e00 }
    if magnitude >= 0x4780_0000 { return sign | 0x7c00 }
    if magnitude < 0x3880_0000 {
      // Below the smallest normal number: the sum with 1/2 is rounded to a multiple of 2^-24, binary16's step there.
      let rounded = Float(bitPattern: magnitude) + 0.5
      return sign | UInt16(truncatingIfNeeded: rounded.bitPattern - Float(0.5).bitPattern)
    }
    let odd = magnitude >> 13 & 1
    return sign | UInt16(truncatingIfNeeded: (magnitude - 0x3800_0000 + 0xfff + odd) >> 13)
  }

  /// The number whose bfloat16 bits are `bits`.
  public init(brain16 bits: UInt16) { self.init(bitPattern: UInt32(bits) << 16) }

  /// The bfloat16 bits nearest to this number, ties to even.
  public var brain16: UInt16 {
    if isNaN { return UInt16(bitPattern >> 16) | 0x40 }
    return UInt16(truncatingIfNeeded: (bitPattern + 0x7fff + (bitPattern >> 16 & 1)) >> 16)
  }
}
