#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

/// A small seeded generator of random numbers: every draw of this package repeats bit for bit from its seed.
///
/// Steele, Lea and Flood (2014), "Fast splittable pseudorandom number generators". Not for secrets.
public struct SplitMix64: RandomNumberGenerator, Hashable, Sendable {
  private var state: UInt64

  /// The sequence of `seed`; different seeds give unrelated sequences.
  public init(seed: UInt64) { state = seed }

  /// The next 64 bits.
  public mutating func next() -> UInt64 {
    state &+= Self.increment
    return Self.mixed(state)
  }

  /// The 64 bits that a generator of `seed` gives after `index` others.
  @inlinable
  public static func number(_ index: Int, seed: UInt64) -> UInt64 {
    mixed(seed &+ (UInt64(truncatingIfNeeded: index) &+ 1) &* increment)
  }

  @inlinable
  static var increment: UInt64 { 0x9e37_79b9_7f4a_7c15 }

  @inlinable
  static func mixed(_ state: UInt64) -> UInt64 {
    var bits = state
    bits = (bits ^ bits >> 30) &* 0xbf58_476d_1ce4_e5b9
    bits = (bits ^ bits >> 27) &* 0x94d0_49bb_1331_11eb
    return bits ^ bits >> 31
  }

  /// A number of the open interval (0, 1), uniformly: multiples of 2⁻⁵³ moved by half of one.
  public mutating func uniform() -> Double { (Double(next() >> 11) + 0.5) * 0x1p-53 }

  /// A number of the standard normal distribution, by Box and Muller's cosine.
  public mutating func normal() -> Double {
    let radius = (-2 * log(uniform())).squareRoot()
    return radius * cos(2 * .pi * uniform())
  }
}
