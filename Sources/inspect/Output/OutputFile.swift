#if canImport(Darwin)
  internal import Darwin
#else
  internal import Glibc
#endif
internal import Checkpoint

/// A result in a file: written beside its place under another name and renamed, so that a reader never sees half of it.
enum OutputFile {
  static func write(_ text: String, to path: String) throws(CheckpointError) {
    func fail(_ operation: String) -> CheckpointError {
      CheckpointError(file: path, cause: .lastSystemError(operation))
    }
    var status = stat()
    let isThere = stat(path, &status) == 0
    // A device or a pipe is written to as it is.
    let isSpecial = isThere && status.st_mode & S_IFMT != S_IFREG
    let temporary = isSpecial ? path : "\(path).\(getpid()).tmp"
    let descriptor = open(temporary, O_WRONLY | O_CREAT | (isSpecial ? 0 : O_TRUNC) | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw fail("open") }
    var text = text
    do {
      try text.withUTF8 { bytes in try Terminal.write(bytes, to: descriptor) }
    } catch {
      let error = fail("write")
      close(descriptor)
      if !isSpecial { unlink(temporary) }
      throw error
    }
    guard close(descriptor) == 0 else { throw fail("close") }
    guard isSpecial || rename(temporary, path) == 0 else {
      let error = fail("rename")
      unlink(temporary)
      throw error
    }
  }
}
