internal import Report

/// Looks into a run's directory again and again, and audits what has come since.
struct RunFollower {
  let directory: String
  private var collector: ReportCollector
  private var seen: [String: RunFiles.State] = [:]
  private var failed: Set<String> = []

  init(_ directory: String, _ auditor: Auditor) {
    self.directory = directory
    collector = ReportCollector(auditor)
  }

  var report: Report { collector.report }

  /// Whether some file that is there could not be read.
  var hasFailed: Bool { !failed.isEmpty }

  /// Audits each new file and lets `show` have the report and the checkpoints in it that are new. Returns whether
  /// there was any file.
  mutating func look(_ show: (Report, [CheckpointReport]) -> Void) -> Bool {
    var isNew = false
    for file in (try? RunFiles.list(directory) ?? []) ?? [] {
      // One that could not be read is read again once it has changed: it may have been copied here bit by bit.
      let state = RunFiles.State(file)
      guard seen[file].map({ $0 != state && failed.contains(file) }) ?? true else { continue }
      seen[file] = state
      isNew = true
      let new = collector.follow(file)
      if new.isEmpty {
        if collector.report.failures.last?.file == file { failed.insert(file) }
        continue
      }
      failed.remove(file)
      show(collector.report, new)
    }
    return isNew
  }
}
