#if canImport(Darwin)
  internal import Darwin
#else
  internal import Glibc
#endif
internal import ArgumentParser
internal import Checkpoint
internal import Report

/// Follows a run that is still training.
struct WatchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "watch",
    abstract: "Follow a run in training: redraw as checkpoints land. Ctrl-C ends it.",
    discussion: """
      On a terminal the report is drawn anew with each checkpoint; elsewhere one line is printed for each. Checkpoints \
      that are there already are reported first. All are audited at one ρ; where a checkpoint's own is above it, all are \
      audited again, at a quarter more than that.

      Examples:
        inspect watch runs/digits
        inspect watch runs/digits --measures regret,held-out --interval 10
        inspect watch runs/digits --idle 600 >> regret.log
      """)

  @Argument(help: .init("The run's directory.", valueName: "directory"), completion: .directory)
  var directory: String

  @Option(help: .init("Seconds between looks at the directory.", valueName: "seconds"))
  var interval = 1.0

  @Option(help: .init("End after so many seconds without a new checkpoint.", valueName: "seconds"))
  var idle: Double?

  @OptionGroup(title: "Measuring") var auditing: AuditArguments

  func validate() throws {
    guard interval > 0, interval <= 86_400 else { throw ValidationError("--interval is above 0 and at most 86400") }
    if let idle, idle < 0 { throw ValidationError("--idle is at least 0") }
  }

  func run() throws {
    guard RunFiles.isDirectory(directory) else {
      Terminal.complain(
        Advice.followed(directory, by: "watch") ?? "\(CheckpointError(file: directory, cause: .notFound))")
      throw ExitStatus.failure
    }
    Terminal.endQuietlyOnInterrupt()
    var follower = RunFollower(directory, Auditor(auditing, isQuiet: false))
    var waited = 0.0
    draw(follower.report)
    while true {
      let isNew = follower.look { report, new in
        if Terminal.isOutputTerminal {
          draw(report)
        } else {
          for checkpoint in new { try? Terminal.print(checkpoint.line + "\n") }
        }
      }
      if isNew { waited = 0 }
      if let idle, waited >= idle { break }
      // usleep(3) takes no more than an hour.
      let pause = min(interval, 3600)
      usleep(UInt32(pause * 1e6))
      waited += pause
    }
    if follower.hasFailed { throw ExitStatus.failure }
  }

  /// The whole screen anew, on a terminal.
  private func draw(_ report: Report) {
    guard Terminal.isOutputTerminal else { return }
    var options = Terminal.textOptions
    options.rows = Terminal.rows
    let body =
      report.checkpoints.isEmpty ? "Waiting for checkpoints in \(directory.printable)\n" : report.text(options)
    try? Terminal.print("\u{1b}[H\u{1b}[2J\u{1b}[3J" + body + "\nWatching \(directory.printable). Ctrl-C ends.\n")
  }
}
