#if canImport(Darwin)
  internal import Darwin
#else
  internal import Glibc
#endif

/// How a reading process is started, and how long it may be silent.
struct ReaderLaunch {
  /// The binary that is started.
  let executable: String
  /// Seconds of silence after which it is given up.
  let patience: UInt32

  /// This very binary again.
  static var own: ReaderLaunch { ReaderLaunch(executable: executablePath, patience: ReaderLimits.seconds) }

  /// The process that does `command` to the file at `path` and writes to `output`; nil with `errno` set where it cannot
  /// be started. (posix_spawn(3))
  func start(_ command: DescribeProcess.Command, _ path: String, output: Int32) -> pid_t? {
    #if canImport(Darwin)
      var actions: posix_spawn_file_actions_t?
    #else
      var actions = posix_spawn_file_actions_t()
    #endif
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO)
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0)

    let arguments = Self.cStrings(["inspect", command.rawValue, path])
    let environment = Self.cStrings(Self.environment())
    defer { for text in arguments + environment { free(text) } }
    var process: pid_t = 0
    let status = posix_spawn(&process, executable, &actions, nil, arguments, environment)
    guard status == 0 else {
      errno = status
      return nil
    }
    return process
  }

  /// Copies that C reads, a null pointer after them.
  private static func cStrings(_ texts: [String]) -> [UnsafeMutablePointer<CChar>?] {
    texts.map { strdup($0) } + [nil]
  }

  /// This process's environment without what steers HDF5, what starts a debugger at a crash, and what starts threads.
  private static func environment() -> [String] {
    var texts: [String] = []
    var next = environ
    while let text = next.pointee {
      let setting = String(cString: text)
      if !["HDF5_", "SWIFT_BACKTRACE", "OPENBLAS_NUM_THREADS"].contains(where: setting.hasPrefix) {
        texts.append(setting)
      }
      next += 1
    }
    return texts + ["OPENBLAS_NUM_THREADS=1"]
  }

  private static var executablePath: String {
    #if canImport(Darwin)
      var size = UInt32(PATH_MAX)
      var path = [CChar](repeating: 0, count: Int(size))
      _ = _NSGetExecutablePath(&path, &size)
      return path.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
    #else
      return "/proc/self/exe"
    #endif
  }
}
