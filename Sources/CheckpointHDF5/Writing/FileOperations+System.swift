#if canImport(Darwin)
  internal import Darwin
#else
  internal import CSystem
  internal import Glibc
#endif

extension FileOperations {
  /// The operating system itself.
  public static let system = FileOperations(
    create: { path throws(SystemError) in try createLocked(path) },
    createUnnamed: { directory throws(SystemError) in try createNameless(in: directory) },
    write: { descriptor, bytes, offset throws(SystemError) in
      while true {
        let count = pwrite(descriptor, bytes.baseAddress, bytes.count, off_t(offset))
        if count >= 0 {
          beginWriting(descriptor, offset: offset, count: count)
          return count
        }
        if errno != EINTR { throw .last("write") }
      }
    },
    synchronize: { descriptor throws(SystemError) in try flushToDisk(descriptor) },
    publish: { from, to throws(SystemError) in try renameWithoutReplacing(from, to) },
    synchronizeDirectory: { directory throws(SystemError) in
      let descriptor = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
      guard descriptor >= 0 else { throw .last("open of the directory") }
      defer { close(descriptor) }
      try flushToDisk(descriptor)
    },
    remove: { path throws(SystemError) in
      guard unlink(path) == 0 else { throw .last("unlink") }
    },
    sizeLimit: {
      var limit = rlimit()
      #if canImport(Darwin)
        guard getrlimit(RLIMIT_FSIZE, &limit) == 0 else { return nil }
      #else
        guard getrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit) == 0 else { return nil }
      #endif
      return Int(exactly: limit.rlim_cur)
    },
    availableBytes: { path in
      var status = statvfs()
      guard statvfs(path, &status) == 0 else { return nil }
      return Int(exactly: UInt64(status.f_bavail) * UInt64(status.f_frsize))
    })
}

/// Opens `path` empty and locked. A file left over by a writer that died is taken over; one that a living writer holds
/// is refused, and so is one that was renamed between opening and locking. (flock)
private func createLocked(_ path: String) throws(SystemError) -> Int32 {
  while true {
    let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o644)
    guard descriptor >= 0 else { throw .last("open") }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      let error = SystemError.last("lock by another writer")
      close(descriptor)
      throw error
    }
    var opened = stat()
    var named = stat()
    if fstat(descriptor, &opened) == 0, lstat(path, &named) == 0, opened.st_ino == named.st_ino,
      opened.st_dev == named.st_dev
    {
      guard ftruncate(descriptor, 0) == 0 else {
        let error = SystemError.last("truncate")
        close(descriptor)
        throw error
      }
      return descriptor
    }
    close(descriptor)
  }
}

private func createNameless(in directory: String) throws(SystemError) -> Int32 {
  var template = Array((directory + "/.spool-XXXXXX").utf8CString)
  let descriptor = mkstemp(&template)
  guard descriptor >= 0 else { throw .last("open of a spool file") }
  _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
  guard unlink(template) == 0 else {
    let error = SystemError.last("unlink of a spool file")
    close(descriptor)
    throw error
  }
  return descriptor
}

/// Starts a large part on its way to the disk while the next one is still being computed, so that fsync has less to wait
/// for. (sync_file_range; an advice, whose refusal changes nothing)
private func beginWriting(_ descriptor: Int32, offset: Int, count: Int) {
  #if os(Linux)
    if count >= 1 << 20 { gp_begin_writing(descriptor, Int64(offset), Int64(count)) }
  #endif
}

private func flushToDisk(_ descriptor: Int32) throws(SystemError) {
  #if canImport(Darwin)
    // fsync(2) there does not reach beyond the drive's cache.
    if fcntl(descriptor, F_FULLFSYNC) == 0 { return }
  #endif
  guard fsync(descriptor) == 0 else { throw .last("fsync") }
}

private func renameWithoutReplacing(_ from: String, _ to: String) throws(SystemError) {
  #if canImport(Darwin)
    if renamex_np(from, to, UInt32(RENAME_EXCL)) == 0 { return }
    guard errno == ENOTSUP else { throw .last("rename") }
  #else
    if gp_rename_without_replacing(from, to) == 0 { return }
    guard errno == EINVAL || errno == ENOSYS else { throw .last("rename") }
  #endif
  // A file system that cannot refuse in one step.
  var status = stat()
  if lstat(to, &status) == 0 { throw SystemError("rename", code: EEXIST) }
  guard rename(from, to) == 0 else { throw .last("rename") }
}
