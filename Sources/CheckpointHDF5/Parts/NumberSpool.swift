public import Checkpoint
internal import Checksum
internal import Synchronization

#if canImport(Darwin)
  internal import Darwin
#else
  internal import Glibc
#endif

/// Numbers whose count is not known beforehand, kept in a file without a name until it is. From several threads.
public final class NumberSpool: Sendable {
  private let directory: String
  private let operations: FileOperations
  private let descriptor: Int32
  private let used = Mutex(0)

  /// An empty spool on the file system of the file `path` that its numbers are for.
  public init(for path: String, operations: FileOperations = .system) throws(CheckpointError) {
    directory = CheckpointHDF5.directory(of: path)
    do {
      descriptor = try operations.createUnnamed(directory)
    } catch {
      throw CheckpointError(error, file: directory + "/", byteCount: 0, operations)
    }
    self.operations = operations
  }

  deinit { close(descriptor) }

  /// Numbers so far.
  public var count: Int { used.withLock { $0 } }

  /// Adds `numbers` at the end and returns where they begin and their XXH3, as they are stored.
  public func add(_ numbers: [Double]) throws(CheckpointError) -> (start: Int, checksum: UInt64) {
    let start = used.withLock { used in
      defer { used += numbers.count }
      return used
    }
    do {
      let words = numbers.map(\.bitPattern.littleEndian)
      let checksum = try words.withUnsafeBufferPointer { (words) throws(SystemError) in
        try operations.writeAll(UnsafeRawBufferPointer(words), to: descriptor, at: start * 8)
        return Hash.value(of: UnsafeRawBufferPointer(words))
      }
      return (start, checksum)
    } catch {
      throw CheckpointError(error, file: directory + "/", byteCount: (start + numbers.count) * 8, operations)
    }
  }

  /// Forgets all but the first `count`.
  public func cut(to count: Int) { used.withLock { $0 = min($0, count) } }

  /// Hands over all numbers as they are stored, a piece at a time with the byte that it begins at.
  func forEachPiece(
    _ body: (UnsafeRawBufferPointer, Int) throws(CheckpointError) -> Void
  ) throws(CheckpointError) {
    let total = count * 8
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: max(1, min(total, 8 << 20)), alignment: 16)
    defer { buffer.deallocate() }
    for start in stride(from: 0, to: total, by: buffer.count) {
      let piece = UnsafeMutableRawBufferPointer(rebasing: buffer[..<min(buffer.count, total - start)])
      do throws(SystemError) {
        try readAll(descriptor, at: start, into: piece, "read of the spool")
      } catch {
        throw CheckpointError(error, file: directory + "/", byteCount: total, operations)
      }
      try body(UnsafeRawBufferPointer(piece), start)
    }
  }
}
