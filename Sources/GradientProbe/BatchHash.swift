internal import Checksum

/// A hash of a minibatch's examples for ``Probe/batchHash(of:)``, the same in every process: XXH3 of 64 bits over all that
/// was added. (Swift's own `Hasher` begins every process anew.)
///
///     func batchHash(of batch: Examples) -> UInt64? {
///       var hash = BatchHash()
///       hash.add(batch.indices.span)
///       return hash.value
///     }
public struct BatchHash: ~Copyable {
  private var hash = StreamingHash()

  /// The hash of nothing yet.
  public init() {}

  /// Adds how many numbers there are and each one's bytes: indices, inputs, labels. Numbers of another type are others.
  public mutating func add<Number: Numeric & BitwiseCopyable>(_ numbers: Span<Number>) {
    add(count: numbers.count)
    hash.update(numbers.bytes)
  }

  /// Adds the length and the UTF-8 of `text`, such as the name of an example.
  public mutating func add(_ text: String) {
    add(count: text.utf8.count)
    Array(text.utf8).withUnsafeBytes { hash.update($0) }
  }

  /// The hash of all that was added.
  public var value: UInt64 { hash.value }

  /// Without the counts, 1 2 and then 3 would be as 1 and then 2 3.
  private mutating func add(count: Int) {
    withUnsafeBytes(of: UInt64(count).littleEndian) { hash.update($0) }
  }
}
