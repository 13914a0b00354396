#if canImport(Darwin)
  internal import Darwin
#else
  internal import Glibc
#endif

/// Fills `buffer` from byte `offset` of `descriptor` on; `operation` says in errors what that was. (pread)
func readAll(
  _ descriptor: Int32, at offset: Int, into buffer: UnsafeMutableRawBufferPointer, _ operation: String
) throws(SystemError) {
  var done = 0
  while done < buffer.count {
    let count = pread(descriptor, buffer.baseAddress! + done, buffer.count - done, off_t(offset + done))
    if count > 0 {
      done += count
    } else if count == 0 {
      throw SystemError(operation, code: EIO)
    } else if errno != EINTR {
      throw .last(operation)
    }
  }
}
