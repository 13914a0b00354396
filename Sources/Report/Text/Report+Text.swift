extension Report {
  /// The report for people: what the last checkpoint says, then one row a checkpoint, or the details of the only one.
  public func text(_ options: TextOptions = TextOptions()) -> String {
    var lines: [String] = []
    if let last = checkpoints.last {
      lines += FirstScreen(last, options).lines
      if checkpoints.count > 1 {
        lines.append("")
        lines += RunTable(checkpoints, options).lines
      } else {
        lines += Details(last, options).lines
      }
    }
    return lines.map { $0 + "\n" }.joined()
  }
}
