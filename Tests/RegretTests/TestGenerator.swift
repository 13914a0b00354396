#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

/// Random bits that share nothing with the library's own (xorshift64*).
struct TestGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(_ seed: Int) { state = UInt64(truncatingIfNeeded: seed) &* 0x9e37_79b9_7f4a_7c15 | 1 }

  mutating func next() -> UInt64 {
    state ^= state >> 12
    state ^= state << 25
    state ^= state >> 27
    return state &* 0x2545_F491_4F6C_DD1D
  }

  /// Uniform in [0, 1).
  mutating func uniform() -> Double { Double(next() >> 11) * 0x1p-53 }

  /// Standard normal, by Marsaglia's polar method.
  mutating func normal() -> Double {
    while true {
      let (x, y) = (2 * uniform() - 1, 2 * uniform() - 1)
      let square = x * x + y * y
      if square > 0 && square < 1 { return x * (-2 * log(square) / square).squareRoot() }
    }
  }

  mutating func normals(_ count: Int) -> [Double] { (0..<count).map { _ in normal() } }

  /// e^(width·normal): a scale of any order of magnitude.
  mutating func scale(_ width: Double) -> Double { exp(width * normal()) }
}
