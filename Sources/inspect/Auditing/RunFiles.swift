#if canImport(Darwin)
  internal import Darwin
#else
  internal import Glibc
#endif
internal import Checkpoint

/// The checkpoint files of a directory.
enum RunFiles {
  /// The files `*.h5` in `directory`, by name; nil where it is no directory. A `*.tmp` is somebody's unfinished work.
  static func list(_ directory: String) throws(CheckpointError) -> [String]? {
    var status = stat()
    guard stat(directory, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else { return nil }
    guard let stream = opendir(directory) else {
      throw CheckpointError(file: directory, cause: .lastSystemError("open"))
    }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name.hasSuffix(".h5") && !name.hasPrefix(".") { names.append(name) }
    }
    guard !names.isEmpty else { throw CheckpointError(file: directory, cause: .noCheckpoints) }
    let prefix = directory.hasSuffix("/") ? directory : directory + "/"
    return names.sorted().map { prefix + $0 }
  }
}
