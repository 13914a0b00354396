#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

/// Runs a sample's `body` with the command's arguments; an error becomes one line and exit status 1.
public func runSample(_ body: (_ arguments: [String]) throws -> Void) {
  do {
    try body(Array(CommandLine.arguments.dropFirst()))
  } catch {
    let line = "\(error)\n"
    line.withCString { _ = write(STDERR_FILENO, $0, strlen($0)) }
    exit(1)
  }
}
