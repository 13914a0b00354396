#if canImport(Darwin)
  internal import Darwin
#else
  internal import Glibc
#endif

/// A short-lived sparse file in memory, where HDF5 lays out a checkpoint without meeting the errors of its disk. It
/// takes room only for what is written to it, however long it is.
///
/// HDF5 insists on a name, so a file of memfd_create(2) will not do.
struct LayoutFile: ~Copyable {
  let path: String
  private let descriptor: Int32

  /// An empty one with room for `byteCount` bytes, in the first directory that takes it: shared memory, then the directories for temporary files.
  /// (mkstemp)
  init(roomFor byteCount: Int = 16 << 20) throws(SystemError) {
    let directories = ["/dev/shm", getenv("TMPDIR").map { String(cString: $0) }, "/tmp"]
    for case let directory? in directories {
      // HDF5 does not survive a full disk at its exit, so it must not meet one.
      guard let room = FileOperations.system.availableBytes(directory), room >= byteCount else { continue }
      var template = Array((directory + "/gradient-probe-layout-XXXXXX").utf8CString)
      let descriptor = mkstemp(&template)
      guard descriptor >= 0 else { continue }
      _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
      self.path = template.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
      self.descriptor = descriptor
      return
    }
    throw SystemError("open of a file for the layout in /dev/shm or the directory for temporary files", code: ENOSPC)
  }

  /// Its length [bytes]. (fstat)
  var byteCount: Int {
    get throws(SystemError) {
      var status = stat()
      guard fstat(descriptor, &status) == 0 else { throw .last("fstat") }
      return Int(status.st_size)
    }
  }

  /// The bytes of `range`.
  func read(_ range: Range<Int>) throws(SystemError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: range.count)
    var span = bytes.mutableSpan
    try span.withUnsafeMutableBytes { (bytes) throws(SystemError) in
      try readAll(descriptor, at: range.lowerBound, into: bytes, "read of the layout")
    }
    return bytes
  }

  deinit {
    unlink(path)
    close(descriptor)
  }
}
