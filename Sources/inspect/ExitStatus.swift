internal import ArgumentParser
internal import Report

/// How `inspect` ends: 0; 1 bad file or failure; 2 threshold; 64 usage.
enum ExitStatus {
  static let failure = ExitCode(1)
  static let threshold = ExitCode(2)

  /// Ends with 1 where a file failed or a gate could not be checked, else with 2 where a measure is above its limit,
  /// each with its reason on standard error.
  static func report(failures: [ReportFailure], gates: [Gate], checkpoints: [CheckpointReport]) throws {
    var isFailed = !failures.isEmpty
    var isAbove = false
    for checkpoint in checkpoints {
      for gate in gates {
        switch gate.check(checkpoint) {
        case .passed: break
        case .exceeded(let reason):
          isAbove = true
          Terminal.complain(reason)
        case .unknown(let reason):
          isFailed = true
          Terminal.complain(reason)
        }
      }
    }
    if isFailed { throw failure }
    if isAbove { throw threshold }
  }
}
