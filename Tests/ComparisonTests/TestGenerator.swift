/// Random bits that share nothing with the library's own (xorshift64*).
struct TestGenerator: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    if state == 0 { state = 88_172_645_463_325_252 }
    state ^= state >> 12
    state ^= state << 25
    state ^= state >> 27
    return state &* 0x2545_F491_4F6C_DD1D
  }

  /// Uniform in [0, 1).
  mutating func uniform() -> Double { Double.random(in: 0..<1, using: &self) }
}
