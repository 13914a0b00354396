internal import Regret

extension Report {
  /// One line a kind of warning, however many checkpoints it is raised at: the last one's words.
  public var warnings: [String] {
    var codes: [String] = []
    var last: [String: (line: String, count: Int)] = [:]
    for checkpoint in checkpoints {
      for warning in checkpoint.audit.warnings {
        if last[warning.code] == nil { codes.append(warning.code) }
        let line = "\(checkpoint.file): warning: \(warning.message)"
        last[warning.code] = (line, (last[warning.code]?.count ?? 0) + 1)
      }
    }
    return codes.compactMap { last[$0] }.map { line, count in
      count == 1 ? line : "\(line) (and at \(count - 1) more)"
    }
  }
}
