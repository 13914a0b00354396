internal import Checkpoint

#if canImport(Darwin)
  internal import Darwin
#else
  internal import Glibc
#endif

/// A file under a temporary name, `<path>.tmp`, that gets its final name only when it is whole and on the disk, and is
/// removed if that never happens.
struct TemporaryFile: ~Copyable {
  let path: String
  /// Bytes that it will have in the end, for messages.
  let byteCount: Int
  private let operations: FileOperations
  private let descriptor: Int32
  private var isPublished = false

  private var temporaryPath: String { path + ".tmp" }

  /// Makes the temporary file; refuses where `path` is taken or `byteCount` bytes cannot fit.
  init(for path: String, byteCount: Int, operations: FileOperations) throws(CheckpointError) {
    var status = stat()
    guard lstat(path, &status) != 0 else { throw CheckpointError(file: path, cause: .alreadyExists) }
    do {
      descriptor = try operations.create(path + ".tmp")
    } catch {
      throw CheckpointError(error, file: path, byteCount: byteCount, operations)
    }
    self.path = path
    self.byteCount = byteCount
    self.operations = operations
  }

  /// Writes all of `bytes` at `offset`.
  func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(CheckpointError) {
    do {
      try operations.writeAll(bytes, to: descriptor, at: offset)
    } catch {
      throw CheckpointError(error, file: path, byteCount: byteCount, operations)
    }
  }

  /// Waits for the disk, renames, and waits for the directory: afterwards the file survives a loss of power.
  mutating func publish() throws(CheckpointError) {
    do {
      try operations.synchronize(descriptor)
      try operations.publish(temporaryPath, path)
      isPublished = true
      try operations.synchronizeDirectory(directory(of: path))
    } catch {
      throw CheckpointError(error, file: path, byteCount: byteCount, operations)
    }
  }

  /// Writes all of `bytes` as the file `path`.
  static func publish(
    _ bytes: [UInt8], as path: String, operations: FileOperations
  ) throws(CheckpointError) {
    var file = try TemporaryFile(for: path, byteCount: bytes.count, operations: operations)
    try bytes.withUnsafeBufferPointer { (bytes) throws(CheckpointError) in
      try file.write(UnsafeRawBufferPointer(bytes), at: 0)
    }
    try file.publish()
  }

  deinit {
    // Nobody is left to tell if this fails; readers ignore the name, and the next writer takes it over.
    if !isPublished { try? operations.remove(temporaryPath) }
    close(descriptor)
  }
}

/// The directory that `path` is in.
func directory(of path: String) -> String {
  guard let slash = path.lastIndex(of: "/") else { return "." }
  return slash == path.startIndex ? "/" : String(path[..<slash])
}

extension FileOperations {
  /// Writes all of `bytes` at `offset`, in as many calls as it takes.
  func writeAll(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32, at offset: Int) throws(SystemError) {
    var done = 0
    while done < bytes.count {
      let count = try write(descriptor, UnsafeRawBufferPointer(rebasing: bytes[done...]), offset + done)
      guard count > 0 else { throw SystemError("write", code: ENOSPC) }
      done += count
    }
  }
}

extension CheckpointError {
  /// What became of writing `file`, which takes `byteCount` bytes.
  init(_ error: SystemError, file: String, byteCount: Int, _ operations: FileOperations) {
    switch error.code {
    case EEXIST where error.operation == "rename":
      self.init(file: file, cause: .alreadyExists)
    case ENOSPC, EDQUOT:
      let available = operations.availableBytes(directory(of: file)) ?? 0
      self.init(file: file, cause: .noSpace(needed: byteCount, available: available))
    default:
      let operation = "\(error.operation) (\(byteCount) bytes in all)"
      self.init(file: file, cause: .system(operation: operation, errno: error.code, message: error.message))
    }
  }
}
