#if canImport(Darwin)
  internal import Darwin
#else
  internal import Glibc
#endif
internal import Checkpoint
internal import Report
internal import Synchronization

/// What is being done, on the last line of a terminal, for whatever takes longer than a second.
final class Progress: Sendable {
  /// What clears that line, once one was drawn.
  static var cleared: String { isDrawn.load(ordering: .relaxed) ? "\r\u{1b}[K" : "" }

  private static let isDrawn = Atomic<Bool>(false)

  private struct State {
    var title = ""
    var began = 0.0
    var drawn = 0.0
  }

  private let begin = Progress.now
  private let state = Mutex(State())

  /// Progress of a command; nil where nobody would see it.
  init?(isQuiet: Bool) {
    guard !isQuiet, Terminal.isErrorTerminal else { return nil }
  }

  /// What is read from here on.
  func start(_ title: String) {
    let title = title.printable
    state.withLock { state in
      state.title = title
      state.began = Self.now
    }
  }

  /// `done` of `total` bytes have been read; draws at most ten times a second, first when the command has taken one.
  func update(done: Int, total: Int) {
    let now = Self.now
    let current = state.withLock { state -> (title: String, elapsed: Double)? in
      guard now - begin > 1, now - state.drawn > 0.1 else { return nil }
      state.drawn = now
      return (state.title, now - state.began)
    }
    guard let current else { return }
    Self.isDrawn.store(true, ordering: .relaxed)
    let text = ProgressLine.text(title: current.title, done: done, total: total, seconds: current.elapsed)
    var line = "\r" + text + "\u{1b}[K"
    line.withUTF8 { bytes in _ = try? Terminal.write(bytes, to: 2) }
  }

  /// Takes the line away.
  func finish() {
    guard Self.isDrawn.exchange(false, ordering: .relaxed) else { return }
    var line = "\r\u{1b}[K"
    line.withUTF8 { bytes in _ = try? Terminal.write(bytes, to: 2) }
  }

  private static var now: Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }
}
