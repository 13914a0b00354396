#if canImport(Darwin)
  internal import Darwin
#else
  internal import Glibc
#endif
internal import Checkpoint
internal import Report

/// Standard output and standard error.
enum Terminal {
  /// A reader that goes away is no reason to die without a word.
  static func ignoreBrokenPipes() { signal(SIGPIPE, SIG_IGN) }

  static var isOutputTerminal: Bool { isTerminal(1) }
  static var isErrorTerminal: Bool { isTerminal(2) }

  /// Whether a person looks at what is written to `descriptor`. What ranks write goes through `mpirun`, which gives them a terminal
  /// of its own for one and a pipe for the other: where it writes to itself is what counts.
  private static func isTerminal(_ descriptor: Int32) -> Bool {
    guard Ranks.link != nil else { return isatty(descriptor) == 1 }
    var place = [CChar](repeating: 0, count: 64)
    let count = readlink("/proc/\(getppid())/fd/\(descriptor)", &place, place.count - 1)
    guard count > 0 else { return false }
    let path = String(decoding: place[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    return path.hasPrefix("/dev/pts/") || path.hasPrefix("/dev/tty")
  }

  /// Colour only on a terminal that can show it, and never against https://no-color.org.
  static var textOptions: TextOptions {
    let isColored = isOutputTerminal && isUnset("NO_COLOR") && environment("TERM") != "dumb"
    return TextOptions(isColored: isColored, width: columns ?? 80)
  }

  /// Columns of the terminal on standard output.
  static var columns: Int? { size.map { Int($0.ws_col) } }

  /// Rows of the terminal on standard output.
  static var rows: Int? { size.map { Int($0.ws_row) } }

  private static var size: winsize? {
    var size = winsize()
    guard isOutputTerminal, ioctl(1, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0, size.ws_row > 0 else {
      return nil
    }
    return size
  }

  /// Ctrl-C and SIGTERM are how a watch ends: at once and with 0, since nothing is left undone.
  static func endQuietlyOnInterrupt() {
    var numbers = sigset_t()
    sigemptyset(&numbers)
    for number in [SIGINT, SIGTERM] {
      signal(number) { _ in _exit(0) }
      sigaddset(&numbers, number)
    }
    // Whoever started this may have blocked them: a mask is inherited.
    pthread_sigmask(SIG_UNBLOCK, &numbers, nil)
  }

  /// One line on standard error.
  static func complain(_ line: String) {
    var text = Progress.cleared + line.printable + "\n"
    text.withUTF8 { bytes in _ = try? write(bytes, to: 2) }
  }

  /// Some lines on standard error.
  static func complain(lines text: String) {
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) { complain(String(line)) }
  }

  /// `text` on standard output. A reader that went away is not an error.
  static func print(_ text: String) throws(CheckpointError) {
    var text = text
    do {
      try text.withUTF8 { bytes in try write(bytes, to: 1) }
    } catch let error as WriteError {
      if error.code == EPIPE { return }
      throw CheckpointError(
        file: "standard output",
        cause: .system(operation: "write", errno: error.code, message: String(cString: strerror(error.code))))
    } catch {
      return
    }
  }

  struct WriteError: Error { let code: Int32 }

  /// All of `bytes`. (write(2))
  static func write(_ bytes: UnsafeBufferPointer<UInt8>, to descriptor: Int32) throws {
    var done = 0
    while done < bytes.count {
      #if canImport(Darwin)
        let count = Darwin.write(descriptor, bytes.baseAddress! + done, bytes.count - done)
      #else
        let count = Glibc.write(descriptor, bytes.baseAddress! + done, bytes.count - done)
      #endif
      if count >= 0 {
        done += count
      } else if errno != EINTR {
        throw WriteError(code: errno)
      }
    }
  }

  private static func environment(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }

  private static func isUnset(_ name: String) -> Bool { (environment(name) ?? "").isEmpty }
}
