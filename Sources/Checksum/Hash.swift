internal import CXXHash

/// XXH3 with 64 bits and seed 0: finds damage at the speed of memory. It is no defence against intent.
public enum Hash {
  /// The hash of `bytes`. (XXH3_64bits)
  public static func value(of bytes: RawSpan) -> UInt64 {
    bytes.withUnsafeBytes { gp_hash($0.baseAddress, $0.count) }
  }

  /// The hash of `bytes`. (XXH3_64bits)
  public static func value(of bytes: UnsafeRawBufferPointer) -> UInt64 { gp_hash(bytes.baseAddress, bytes.count) }
}
