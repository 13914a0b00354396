internal import Checkpoint

#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

/// A directory held against other recorders for as long as this lives, or the process does. (flock(2))
struct DirectoryLock: ~Copyable {
  private let descriptor: Int32

  /// Throws where `path` is no directory and where somebody else holds it.
  init(_ path: String) throws(CheckpointError) {
    descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw CheckpointError(file: path, cause: .lastSystemError("open")) }
    guard Self.hold(descriptor) else { throw CheckpointError(file: path, cause: .inUse) }
  }

  /// Locks what `descriptor` leads to; false where somebody else holds it.
  static func hold(_ descriptor: Int32) -> Bool {
    // File systems without locks are no reason to fail.
    for attempt in 0... {
      if flock(descriptor, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK { return true }
      // A child process that is being started holds copies of descriptors that were closed, until it runs its program.
      guard attempt < attempts else { break }
      usleep(10_000)
    }
    return false
  }

  /// Looks at a lock that is held, 10 ms apart.
  private static let attempts = 20

  deinit { close(descriptor) }
}
