internal import Checkpoint
internal import CheckpointHDF5
internal import Checksum
internal import Landscape

#if canImport(Darwin)
  internal import Darwin
#else
  internal import Glibc
#endif

/// Losses of a slice that is not finished, point after point in `<slice file>.partial`, so that a killed capture goes on
/// where it was.
///
/// A header names what is being captured; each point's record ends with a checksum, and what does not agree with it is
/// evaluated again.
struct SliceSpool: ~Copyable {
  let path: String
  private let descriptor: Int32
  private let minibatchCount: Int
  private let key: UInt64
  /// Losses so far, [points so far][N].
  private(set) var points: [[Double]] = []

  private static let headerByteCount = 16
  private var recordByteCount: Int { 8 * (minibatchCount + 1) }

  /// Opens or begins the spool at `path`; what another capture than `key` left there is overwritten.
  init(_ path: String, key: UInt64, minibatchCount: Int) throws(CheckpointError) {
    self.path = path
    self.key = key
    self.minibatchCount = minibatchCount
    descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw CheckpointError(file: path, cause: .lastSystemError("open")) }
    let header = Self.header(key)
    if Self.read(descriptor, at: 0, count: Self.headerByteCount) == header {
      while let losses = record(at: points.count) { points.append(losses) }
    }
    guard ftruncate(descriptor, off_t(Self.headerByteCount + points.count * recordByteCount)) == 0 else {
      throw CheckpointError(file: path, cause: .lastSystemError("ftruncate"))
    }
    try write(header, at: 0)
  }

  /// Adds the losses of the next point, [N].
  mutating func append(_ losses: [Double]) throws(CheckpointError) {
    var bytes = losses.flatMap { withUnsafeBytes(of: $0.bitPattern.littleEndian, Array.init) }
    bytes += withUnsafeBytes(of: checksum(bytes, point: points.count).littleEndian, Array.init)
    try write(bytes, at: Self.headerByteCount + points.count * recordByteCount)
    points.append(losses)
  }

  /// The spool's path while the slice file `slice` is not finished.
  static func path(for slice: String) -> String { slice + ".partial" }

  /// Removes the spool of the slice file `slice`, which has been written.
  static func remove(for slice: String) { unlink(path(for: slice)) }

  /// Whether there is a file at `path`.
  static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

  private func record(at point: Int) -> [Double]? {
    let offset = Self.headerByteCount + point * recordByteCount
    guard let bytes = Self.read(descriptor, at: offset, count: recordByteCount) else { return nil }
    let numbers = bytes.withUnsafeBytes { bytes in
      (0...minibatchCount).map { UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: 8 * $0, as: UInt64.self)) }
    }
    guard numbers[minibatchCount] == checksum(Array(bytes.dropLast(8)), point: point) else { return nil }
    return numbers.dropLast().map { Double(bitPattern: $0) }
  }

  private func checksum(_ bytes: [UInt8], point: Int) -> UInt64 {
    let place = [key, UInt64(point)].flatMap { withUnsafeBytes(of: $0.littleEndian, Array.init) }
    return (place + bytes).withUnsafeBytes { Hash.value(of: $0) }
  }

  private static func header(_ key: UInt64) -> [UInt8] {
    Array("GPslice1".utf8) + withUnsafeBytes(of: key.littleEndian, Array.init)
  }

  private static func read(_ descriptor: Int32, at offset: Int, count: Int) -> [UInt8]? {
    var bytes = [UInt8](repeating: 0, count: count)
    let found = bytes.withUnsafeMutableBytes { pread(descriptor, $0.baseAddress, count, off_t(offset)) }
    return found == count ? bytes : nil
  }

  private func write(_ bytes: [UInt8], at offset: Int) throws(CheckpointError) {
    guard pwrite(descriptor, bytes, bytes.count, off_t(offset)) == bytes.count else {
      throw CheckpointError(file: path, cause: .lastSystemError("write"))
    }
  }

  deinit { close(descriptor) }
}
