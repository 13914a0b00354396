internal import Report
internal import Synchronization

/// The page that is served, and its number, which grows with each change.
final class LivePage: Sendable {
  private struct State {
    var version = 0
    var html: String
  }

  private let directory: String
  private let interval: Double
  private let state: Mutex<State>

  /// A page that follows `directory`, before there is a checkpoint.
  init(directory: String, interval: Double) {
    self.directory = directory
    self.interval = interval
    state = Mutex(
      State(html: Report(checkpoints: []).livePage(.init(directory: directory, version: 0, interval: interval))))
  }

  func show(_ report: Report) {
    let next = version + 1
    let html = report.livePage(.init(directory: directory, version: next, interval: interval))
    state.withLock { $0 = State(version: next, html: html) }
  }

  var version: Int { state.withLock { $0.version } }
  var html: String { state.withLock { $0.html } }
}
