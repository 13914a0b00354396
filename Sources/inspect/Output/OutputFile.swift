#if canImport(Darwin)
  internal import Darwin
#else
  internal import Glibc
#endif
internal import Checkpoint

/// A result in a file: written beside its place under another name and renamed, so that a reader never sees half of it.
enum OutputFile {
  /// Throws where nothing may be written to `path`: its directory is missing, or what is there are HDF5 data, by whatever
  /// name or link. Reports are no HDF5, so what they would replace is a checkpoint, a slice or somebody's arrays.
  static func check(_ path: String) throws(CheckpointError) {
    try checkDirectory(of: path)
    var status = stat()
    guard stat(path, &status) == 0 else { return }
    guard status.st_mode & S_IFMT != S_IFDIR else {
      throw CheckpointError(file: path, cause: .refused(object: "directory", reason: "a report is written to a file"))
    }
    guard status.st_mode & S_IFMT == S_IFREG, holdsHDF5(path) else { return }
    throw CheckpointError(
      file: path,
      cause: .refused(object: "output", reason: "it holds HDF5 data, which no report replaces: name another file"))
  }

  /// Throws where the directory of `path` is missing, or where there is anything of that name already.
  static func checkNew(_ path: String) throws(CheckpointError) {
    try checkDirectory(of: path)
    var status = stat()
    guard lstat(path, &status) != 0 else { throw CheckpointError(file: path, cause: .alreadyExists) }
  }

  private static func checkDirectory(of path: String) throws(CheckpointError) {
    let directory = path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
    var status = stat()
    guard stat(directory, &status) == 0 else {
      throw CheckpointError(file: path, cause: .lastSystemError("open the directory"))
    }
  }

  /// Throws where what is at `path` is one of `inputs`, files and directories of them, by whatever name or link: even one
  /// that is too damaged to be told for HDF5.
  static func check(_ path: String, isNoneOf inputs: [String]) throws(CheckpointError) {
    guard let own = place(path) else { return }
    for input in inputs.flatMap(files) where place(input).map({ $0 == own }) ?? false {
      throw CheckpointError(
        file: path, cause: .refused(object: "output", reason: "it is \(input), which is read: name another file"))
    }
  }

  /// `input`, or the files of the directory and of those in it, as far as they can be listed.
  private static func files(_ input: String) -> [String] {
    guard RunFiles.isDirectory(input) else { return [input] }
    return ([input] + RunFiles.subdirectories(input)).flatMap { directory in
      ((try? RunFiles.list(directory) ?? []) ?? []) + ((try? RunFiles.slices(in: directory)) ?? [])
    }
  }

  /// Device and inode of the regular file that `path` leads to; nil where there is none.
  private static func place(_ path: String) -> [UInt64]? {
    var status = stat()
    guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
    return [UInt64(truncatingIfNeeded: status.st_dev), UInt64(truncatingIfNeeded: status.st_ino)]
  }

  /// Whether HDF5's signature stands at one of the places where it may: byte 0, or behind a user block.
  private static func holdsHDF5(_ path: String) -> Bool {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    let signature: [UInt8] = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a]
    var bytes = [UInt8](repeating: 0, count: signature.count)
    var offset = 0
    while pread(descriptor, &bytes, bytes.count, off_t(offset)) == bytes.count {
      if bytes == signature { return true }
      offset = offset == 0 ? 512 : offset * 2
    }
    return false
  }

  static func write(_ text: String, to path: String) throws(CheckpointError) {
    try check(path)
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
