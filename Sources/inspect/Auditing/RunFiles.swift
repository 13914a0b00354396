#if canImport(Darwin)
  internal import Darwin
#else
  internal import Glibc
#endif
internal import Checkpoint
internal import Landscape

/// The checkpoint files of a directory.
enum RunFiles {
  /// The files `*.h5` in `directory` that are no slices, by name; nil where it is no directory. A `*.tmp` is somebody's
  /// unfinished work.
  static func list(_ directory: String) throws(CheckpointError) -> [String]? {
    guard isDirectory(directory) else { return nil }
    let names = try names(in: directory).filter { !$0.hasSuffix(Slice.fileSuffix) }
    guard !names.isEmpty else { throw CheckpointError(file: directory, cause: .noCheckpoints) }
    let prefix = directory.hasSuffix("/") ? directory : directory + "/"
    return names.map { prefix + $0 }
  }

  /// The slice files beside the checkpoint file `checkpoint`, by name.
  static func slices(beside checkpoint: String) throws(CheckpointError) -> [String] {
    let prefix = checkpoint.lastIndex(of: "/").map { String(checkpoint[...$0]) } ?? ""
    let stem = checkpoint.dropFirst(prefix.count)
    guard stem.hasSuffix(".h5") else { return [] }
    return try names(in: prefix.isEmpty ? "." : prefix).filter {
      $0.hasPrefix(stem.dropLast(3) + "-") && $0.hasSuffix(Slice.fileSuffix)
    }.map { prefix + $0 }
  }

  /// The slice files in `directory`, by name.
  static func slices(in directory: String) throws(CheckpointError) -> [String] {
    let prefix = directory.hasSuffix("/") ? directory : directory + "/"
    return try names(in: directory).filter { $0.hasSuffix(Slice.fileSuffix) }.map { prefix + $0 }
  }

  /// Whether there is anything at `path`.
  static func exists(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0
  }

  /// Whether there is a directory at `path`.
  static func isDirectory(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }

  /// What tells a file that has changed from one that has not.
  struct State: Equatable {
    private let size: Int
    /// When its content changed last [s].
    let seconds: Int
    private let nanoseconds: Int

    init(_ path: String) {
      var status = stat()
      _ = stat(path, &status)
      size = Int(status.st_size)
      #if canImport(Darwin)
        seconds = status.st_mtimespec.tv_sec
        nanoseconds = status.st_mtimespec.tv_nsec
      #else
        seconds = status.st_mtim.tv_sec
        nanoseconds = status.st_mtim.tv_nsec
      #endif
    }
  }

  /// The directories in `directory`, by name: each model of a study has one of its own.
  static func subdirectories(_ directory: String) -> [String] {
    let prefix = directory.hasSuffix("/") ? directory : directory + "/"
    return ((try? entries(of: directory)) ?? []).map { prefix + $0 }.filter { isDirectory($0) && !isShardFolder($0) }
  }

  /// The folders of shards in `directory`, finished or not, by name.
  static func shardFolders(_ directory: String) -> [String] {
    let prefix = directory.hasSuffix("/") ? directory : directory + "/"
    return ((try? entries(of: directory)) ?? []).map { prefix + $0 }.filter { isDirectory($0) && isShardFolder($0) }
  }

  private static func isShardFolder(_ path: String) -> Bool {
    path.hasSuffix(StoredShard.folderSuffix) || path.hasSuffix(StoredShard.folderSuffix + ".tmp")
  }

  /// The files `*.h5` in `directory`, by name.
  private static func names(in directory: String) throws(CheckpointError) -> [String] {
    try entries(of: directory).filter { $0.hasSuffix(".h5") }
  }

  /// What is in `directory` and is not hidden, by name.
  static func entries(of directory: String) throws(CheckpointError) -> [String] {
    guard let stream = opendir(directory) else {
      throw CheckpointError(file: directory, cause: .lastSystemError("open"))
    }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      if !name.hasPrefix(".") { names.append(name) }
    }
    return names.sorted()
  }
}
