#if canImport(Darwin)
  internal import Darwin
#else
  internal import Glibc
#endif

/// Which file a descriptor leads to, whatever its name: device and inode.
public struct FileIdentity: Hashable, Codable, Sendable {
  /// The file system.
  public let device: UInt64
  /// The file in it.
  public let inode: UInt64

  /// The file that `descriptor` leads to; `path` is for messages. (fstat(2))
  public init(of descriptor: Int32, path: String) throws(CheckpointError) {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw CheckpointError(file: path, cause: .lastSystemError("fstat")) }
    self.init(status)
  }

  init(_ status: stat) {
    device = UInt64(truncatingIfNeeded: status.st_dev)
    inode = UInt64(truncatingIfNeeded: status.st_ino)
  }
}
