#if canImport(Darwin)
  internal import Darwin
#else
  internal import Glibc
#endif
internal import ArgumentParser
internal import Checkpoint
internal import Report

/// Serves the page of a run that is still training.
struct ServeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "serve",
    abstract: "Serve the report of a run as a page that follows its training. Ctrl-C ends it.",
    discussion: """
      Prints an address on this machine's loopback interface, which no other machine reaches. It holds a token, so that \
      other users of this machine can't guess it: whoever has the address can read the report, and nothing else. To look \
      at a run on another machine, forward the port: ssh -L 8080:127.0.0.1:8080 HOST.

      Examples:
        inspect serve runs/digits
        inspect serve runs/digits --port 8080 --measures regret,held-out
      """)

  @Argument(help: .init("The run's directory.", valueName: "directory"), completion: .directory)
  var directory: String

  @Option(help: .init("The port to listen at; by default any that is free.", valueName: "number"))
  var port: UInt16 = 0

  @Option(help: .init("Seconds between looks at the directory, and of the page at this.", valueName: "seconds"))
  var interval = 2.0

  @OptionGroup(title: "Measuring") var auditing: AuditArguments

  func validate() throws {
    guard interval > 0, interval <= 3_600 else { throw ValidationError("--interval is above 0 and at most 3600") }
  }

  func run() throws {
    guard RunFiles.isDirectory(directory) else {
      Terminal.complain(
        Advice.followed(directory, by: "serve") ?? "\(CheckpointError(file: directory, cause: .notFound))")
      throw ExitStatus.failure
    }
    Terminal.endQuietlyOnInterrupt()
    let page = LivePage(directory: directory, interval: interval)
    let address: String
    do {
      address = try PageServer.start(page, port: port)
    } catch {
      Terminal.complain("127.0.0.1, port \(port): \(error)")
      throw ExitStatus.failure
    }
    try Terminal.print("Serving \(directory.printable) at \(address)\nCtrl-C ends.\n")
    // Figures are of the last checkpoint's matrices.
    var follower = RunFollower(directory, Auditor(auditing, isQuiet: false, keepsArrays: true))
    while true {
      _ = follower.look { report, _ in page.show(report) }
      usleep(UInt32(interval * 1e6))
    }
  }
}
