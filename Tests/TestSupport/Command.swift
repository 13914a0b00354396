internal import Foundation

#if canImport(Darwin)
  internal import Darwin
#else
  internal import Glibc
#endif

/// How a command ended.
public struct CommandOutcome: Sendable {
  /// Exit status; nil where a signal ended it.
  public let status: Int32?
  /// The signal that ended it.
  public let signal: Int32?
  /// What it wrote to standard output.
  public let output: String
  /// What it wrote to standard error.
  public let errors: String
  /// Most memory that it, or a child that it waited for, took [bytes]; 0 where that is no more than the tests themselves
  /// took, which the system counts as its own because it began as their copy.
  public let peakMemory: Int
  /// Whether it was ended because it took too long.
  public let isTimedOut: Bool

  /// The lines of ``errors``.
  public var errorLines: [Substring] { errors.split(separator: "\n") }
}

/// A program of this package, or of the system, run to its end.
public struct Command: Sendable {
  private let executable: String
  private let prefix: [String]

  /// The program at `executable`, `prefix` put before its arguments.
  public init(_ executable: String, prefix: [String] = []) {
    self.executable = executable
    self.prefix = prefix
  }

  /// Whether a sanitizer is at work, which takes memory and opens and writes files of its own. (dlsym(3))
  public static let isSanitized = ["__asan_init", "__tsan_init"].contains { (name: String) in dlsym(nil, name) != nil }

  /// Most memory that a command may take [bytes].
  public static let memoryLimit: Int = isSanitized ? .max : 512 << 20

  /// The built `inspect`, which stands beside the tests.
  public static let inspect = Command(inspectPath)

  /// Where it is.
  public static let inspectPath = builtProduct("inspect")

  /// The path of an executable of this package.
  public static func builtProduct(_ name: String) -> String {
    var directory = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
    while !FileManager.default.isExecutableFile(atPath: directory.appending(path: name).path(percentEncoded: false)),
      directory.pathComponents.count > 1
    {
      directory.deleteLastPathComponent()
    }
    return directory.appending(path: name).path(percentEncoded: false)
  }

  /// Runs it with `arguments` in `directory`, for at most `seconds`, after which it gets the signal `ending`, SIGKILL
  /// if there is none. (posix_spawn(3), wait4(2))
  public func run(
    _ arguments: [String], in scratch: Scratch, seconds: Double = 60, then ending: Int32? = nil
  ) -> CommandOutcome {
    let name = UUID().uuidString
    let (output, errors) = (scratch("\(name).out"), scratch("\(name).err"))
    defer { for path in [output, errors] { unlink(path) } }
    #if canImport(Darwin)
      var actions: posix_spawn_file_actions_t?
      var attributes: posix_spawnattr_t?
    #else
      var actions = posix_spawn_file_actions_t()
      var attributes = posix_spawnattr_t()
    #endif
    posix_spawn_file_actions_init(&actions)
    posix_spawnattr_init(&attributes)
    defer {
      posix_spawn_file_actions_destroy(&actions)
      posix_spawnattr_destroy(&attributes)
    }
    // Tests that run in the background ignore Ctrl-C, and those that run in threads block it: what they start would
    // inherit that.
    var signals = sigset_t()
    sigemptyset(&signals)
    posix_spawnattr_setsigmask(&attributes, &signals)
    for number in [SIGINT, SIGTERM] { sigaddset(&signals, number) }
    posix_spawnattr_setsigdefault(&attributes, &signals)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK))
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    posix_spawn_file_actions_addopen(&actions, 2, errors, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    let texts: [UnsafeMutablePointer<CChar>?] = ([executable] + prefix + arguments).map { strdup($0) } + [nil]
    let settings: [UnsafeMutablePointer<CChar>?] =
      // No audit of an earlier run stands for one of this.
      ProcessInfo.processInfo.environment.merging(["XDG_CACHE_HOME": "/dev/null"]) { $1 }.map { strdup("\($0)=\($1)") }
      + [nil]
    defer { for text in texts + settings { free(text) } }
    var process: pid_t = 0
    guard posix_spawnp(&process, executable, &actions, &attributes, texts, settings) == 0 else {
      return CommandOutcome(
        status: 127, signal: nil, output: "", errors: "cannot start \(executable)", peakMemory: 0, isTimedOut: false)
    }
    var status: Int32 = 0
    var usage = rusage()
    let deadline = Date(timeIntervalSinceNow: seconds)
    var isTimedOut = false
    while wait4(process, &status, WNOHANG, &usage) == 0 {
      if !isTimedOut, Date() > deadline {
        isTimedOut = true
        kill(process, ending ?? SIGKILL)
      }
      usleep(2_000)
    }
    let signal = status & 0x7f
    var own = rusage()
    #if canImport(Darwin)
      getrusage(RUSAGE_SELF, &own)
    #else
      getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &own)
    #endif
    return CommandOutcome(
      status: signal == 0 ? status >> 8 & 0xff : nil, signal: signal == 0 ? nil : signal,
      output: text(of: output), errors: text(of: errors),
      peakMemory: usage.ru_maxrss > own.ru_maxrss ? Int(usage.ru_maxrss) * 1_024 : 0,
      isTimedOut: isTimedOut)
  }

  private func text(of path: String) -> String {
    String(decoding: FileManager.default.contents(atPath: path) ?? Data(), as: UTF8.self)
  }
}
