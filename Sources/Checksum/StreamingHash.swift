internal import CXXHash

/// ``Hash`` of bytes that come a piece at a time; 576 bytes of memory.
public struct StreamingHash: ~Copyable {
  private let state: OpaquePointer

  /// The hash of no bytes yet. (XXH3_createState)
  public init() {
    state = XXH3_createState()
    XXH3_64bits_reset(state)
  }

  /// Adds `bytes` at the end. (XXH3_64bits_update)
  public mutating func update(_ bytes: RawSpan) {
    bytes.withUnsafeBytes { gp_update(state, $0.baseAddress, $0.count) }
  }

  /// Adds `bytes` at the end. (XXH3_64bits_update)
  public mutating func update(_ bytes: UnsafeRawBufferPointer) { gp_update(state, bytes.baseAddress, bytes.count) }

  /// The hash of all bytes so far. (XXH3_64bits_digest)
  public var value: UInt64 { XXH3_64bits_digest(state) }

  /// Forgets all bytes.
  public mutating func reset() { XXH3_64bits_reset(state) }

  deinit { XXH3_freeState(state) }
}
