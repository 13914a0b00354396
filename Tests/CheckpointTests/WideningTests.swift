import Checkpoint
import Testing

@Suite("Half-precision numbers")
struct WideningTests {
  @Test("binary16 keeps every number", arguments: [UInt16(0)..<0x7c01, 0x8000..<0xfc01])
  func binary16RoundTrip(bits: Range<UInt16>) {
    for pattern in bits {
      let value = Float(binary16: pattern)
      #expect(value.binary16 == pattern)
    }
  }

  @Test("binary16 agrees with known values")
  func binary16Values() {
    #expect(Float(binary16: 0x3c00) == 1)
    #expect(Float(binary16: 0xc000) == -2)
    #expect(Float(binary16: 0x7bff) == 65504)
    #expect(Float(binary16: 0x0001) == 0x1p-24)
    #expect(Float(binary16: 0x7c00) == .infinity)
    #expect(Float(binary16: 0x7e01).isNaN)
  }

  static let roundings: [(Float, UInt16)] = [
    (1 + 0x1p-11, 0x3c00), (1 + 0x1.8p-10, 0x3c02), (65520, 0x7c00), (65519, 0x7bff),
    (0x1p-25, 0x0000), (0x1.8p-24, 0x0002), (0x1.8p-25, 0x0001),
  ]

  @Test("binary16 rounds to nearest, ties to even", arguments: roundings)
  func binary16Rounding(value: Float, bits: UInt16) {
    #expect(value.binary16 == bits)
    #expect((-value).binary16 == bits | 0x8000)
  }

  static let brainRoundings: [(Float, UInt16)] = [
    (1, 0x3f80), (1 + 0x1p-8, 0x3f80), (1 + 0x1.8p-7, 0x3f82), (.infinity, 0x7f80),
  ]

  @Test("bfloat16 rounds to nearest, ties to even", arguments: brainRoundings)
  func brain16Rounding(value: Float, bits: UInt16) {
    #expect(value.brain16 == bits)
  }

  @Test("Elements are widened in place", arguments: ElementType.allCases)
  func inPlace(type: ElementType) {
    let values: [Float] = [1, -2, 0.5, 1024, 0]
    var row = [Double](repeating: 0, count: values.count)
    row.withUnsafeMutableBytes { bytes in
      let start = bytes.count - values.count * type.byteCount
      for (index, value) in values.enumerated() {
        let offset = start + index * type.byteCount
        switch type {
        case .float16: bytes.storeBytes(of: value.binary16, toByteOffset: offset, as: UInt16.self)
        case .bfloat16: bytes.storeBytes(of: value.brain16, toByteOffset: offset, as: UInt16.self)
        case .float32: bytes.storeBytes(of: value, toByteOffset: offset, as: Float.self)
        case .float64: bytes.storeBytes(of: Double(value), toByteOffset: offset, as: Double.self)
        }
      }
      type.widen(values.count, in: bytes, to: Double.self)
    }
    #expect(row == values.map(Double.init))
  }
}
