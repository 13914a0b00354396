import Dispatch
import Foundation
import PackagePlugin

/// A tool that is run as if SwiftPM were not between it and the user.
enum Passthrough {
  /// Runs `executable` to its end and returns its exit status, or 128 and the signal that ended it.
  ///
  /// SwiftPM prints what a plugin writes, errors too, on its own standard output. The tool gets SwiftPM's own streams
  /// instead, where the system lends them, so that it also knows a terminal when it meets one.
  static func run(_ executable: URL, _ arguments: [String]) throws -> Int32 {
    let process = Process()
    process.executableURL = executable
    process.arguments = arguments
    let host = getppid()
    if let output = stream(STDOUT_FILENO, of: host) { process.standardOutput = output }
    let relayed = Pipe()
    let errors = stream(STDERR_FILENO, of: host)
    process.standardError = errors ?? relayed
    // The threads that plugins run on block all signals, which the tool would inherit.
    var none = sigset_t()
    sigemptyset(&none)
    pthread_sigmask(SIG_SETMASK, &none, nil)
    try process.run()
    // Ctrl-C reaches a plugin as SIGINT from SwiftPM; the tool is what it is meant for. It would inherit what is ignored, so
    // that comes last.
    let forwarders = [SIGINT, SIGTERM, SIGHUP].map { forward($0, to: process) }
    let watch = endingWith(host, process)
    if errors == nil { relay(relayed.fileHandleForReading) }
    process.waitUntilExit()
    forwarders.forEach { $0.cancel() }
    watch.cancel()
    return process.terminationReason == .exit ? process.terminationStatus : 128 + process.terminationStatus
  }

  /// SwiftPM's own stream `descriptor`; nil where it can't be had. A file is not opened a second time: the two would
  /// write over each other.
  private static func stream(_ descriptor: Int32, of host: pid_t) -> FileHandle? {
    let path = "/proc/\(host)/fd/\(descriptor)"
    var status = stat()
    guard stat(path, &status) == 0, status.st_mode & S_IFMT != S_IFREG else { return nil }
    return FileHandle(forWritingAtPath: path)
  }

  /// Says every line of `errors` on SwiftPM's standard error, the only way there is for a plugin.
  private static func relay(_ errors: FileHandle) {
    var rest = Data()
    while case let data = errors.availableData, !data.isEmpty {
      rest += data
      while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
        Diagnostics.progress(String(decoding: rest[..<end], as: UTF8.self))
        rest = Data(rest[(end + 1)...])
      }
    }
    if !rest.isEmpty { Diagnostics.progress(String(decoding: rest, as: UTF8.self)) }
  }

  private static func forward(_ number: Int32, to process: Process) -> any DispatchSourceSignal {
    signal(number, SIG_IGN)
    let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
    source.setEventHandler { if process.isRunning { kill(process.processIdentifier, number) } }
    source.resume()
    return source
  }

  /// Ends `process` where SwiftPM is gone, which tells nobody.
  private static func endingWith(_ host: pid_t, _ process: Process) -> any DispatchSourceTimer {
    let timer = DispatchSource.makeTimerSource(queue: .global())
    timer.schedule(deadline: .now() + 1, repeating: 1)
    timer.setEventHandler { if getppid() != host, process.isRunning { process.terminate() } }
    timer.resume()
    return timer
  }
}
