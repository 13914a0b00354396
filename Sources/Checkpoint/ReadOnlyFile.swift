#if canImport(Darwin)
  internal import Darwin
#else
  internal import Glibc
#endif

/// A regular file open for reading at offsets, from as many threads as like.
///
/// A class because matrices of one file share the descriptor; closed with the last of them.
public final class ReadOnlyFile: Sendable {
  /// The file as the user named it.
  public let path: String
  /// Its size when it was opened [bytes].
  public let byteCount: Int
  /// Which file it is, whatever its name.
  public let identity: FileIdentity
  private let descriptor: Int32

  /// Opens `path`. Never blocks on a FIFO, never opens anything but a regular file. (open(2), fstat(2))
  public convenience init(opening path: String) throws(CheckpointError) {
    let descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
    guard descriptor >= 0 else {
      if errno == ENOENT || errno == ENOTDIR { throw CheckpointError(file: path, cause: .notFound) }
      throw CheckpointError(file: path, cause: .lastSystemError("open"))
    }
    try self.init(adopting: descriptor, path: path)
  }

  /// Takes over an open `descriptor`, closing it in the end; `path` names it in messages. (fstat(2))
  public init(adopting descriptor: Int32, path: String) throws(CheckpointError) {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else {
      let cause = CheckpointError.Cause.lastSystemError("fstat")
      close(descriptor)
      throw CheckpointError(file: path, cause: cause)
    }
    guard status.st_mode & S_IFMT == S_IFREG else {
      close(descriptor)
      throw CheckpointError(file: path, cause: .notRegularFile)
    }
    self.path = path
    self.byteCount = Int(status.st_size)
    self.identity = FileIdentity(status)
    self.descriptor = descriptor
  }

  deinit { close(descriptor) }

  /// Fills `buffer` from byte `offset` on. (pread(2))
  public func read(at offset: Int, into buffer: UnsafeMutableRawBufferPointer) throws(CheckpointError) {
    var done = 0
    while done < buffer.count {
      let count = pread(descriptor, buffer.baseAddress! + done, buffer.count - done, off_t(offset + done))
      if count > 0 {
        done += count
      } else if count == 0 {
        throw CheckpointError(file: path, cause: .truncated(needed: offset + buffer.count, found: offset + done))
      } else if errno != EINTR {
        throw CheckpointError(file: path, cause: .lastSystemError("read"))
      }
    }
  }
}

extension CheckpointError.Cause {
  /// The calling thread's `errno`, named after the `operation` that set it.
  public static func lastSystemError(_ operation: String) -> Self {
    let code = errno
    return .system(operation: operation, errno: code, message: String(cString: strerror(code)))
  }
}
