/// How one number of a matrix is stored in a checkpoint file; little-endian always.
public enum ElementType: String, Codable, Sendable, CaseIterable {
  /// IEEE 754 binary16.
  case float16
  /// The upper half of a binary32, stored as `uint16` with the attribute `encoding = bfloat16`.
  case bfloat16
  /// IEEE 754 binary32, the usual one.
  case float32
  /// IEEE 754 binary64.
  case float64

  /// Bytes of one element.
  public var byteCount: Int {
    switch self {
    case .float16, .bfloat16: 2
    case .float32: 4
    case .float64: 8
    }
  }
}
