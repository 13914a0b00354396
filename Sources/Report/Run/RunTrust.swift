internal import Checkpoint
internal import Regret

/// What speaks against the numbers of a report, of all its checkpoints.
struct RunTrust {
  struct Line {
    enum Kind { case fine, note, warning }

    var kind: Kind
    var text: String

    var isWarning: Bool { kind == .warning }

    /// What stands before it in plain text.
    var mark: String {
      switch kind {
      case .fine: "✓"
      case .note: "·"
      case .warning: "!"
      }
    }
  }

  let lines: [Line]

  init(_ report: Report) {
    var lines: [Line] = []
    let checkpoints = report.checkpoints
    let isRun = checkpoints.count > 1
    for group in Self.grouped(report) {
      let place = isRun ? Self.place(group.checkpoints, of: checkpoints) + ": " : ""
      lines.append(Line(kind: .warning, text: place + group.message.printable))
    }
    lines += Self.settings(report)
    if lines.isEmpty { lines.append(Line(kind: .fine, text: "Nothing found that speaks against it.")) }
    let unverified = checkpoints.filter { !$0.isVerified }
    if !unverified.isEmpty {
      lines.append(
        Line(
          kind: .note,
          text: (isRun ? Self.place(unverified, of: checkpoints) + ": " : "") + Wording.unverified))
    }
    if let shortcoming = BLAS.shortcoming { lines.append(Line(kind: .note, text: shortcoming)) }
    self.lines = lines
  }

  /// One entry a kind of warning, those of the checkpoint in detail first, in the words of the last that has it.
  private static func grouped(_ report: Report) -> [(message: String, checkpoints: [CheckpointReport])] {
    let own = report.headline?.audit.warnings.map(\.code) ?? []
    var codes: [String] = []
    for code in own + report.checkpoints.flatMap({ $0.audit.warnings.map(\.code) }) where !codes.contains(code) {
      codes.append(code)
    }
    return codes.map { code in
      let members = report.checkpoints.filter { $0.audit.warnings.contains { $0.code == code } }
      // The checkpoint in detail has its words with its numbers, wherever it stands.
      let source = own.contains(code) ? report.headline! : members[members.count - 1]
      return (source.audit.warnings.first { $0.code == code }!.message, members)
    }
  }

  /// What not all checkpoints have in common, a line each.
  private static func settings(_ report: Report) -> [Line] {
    let differences = report.differences
    var found: [Setting.Difference] = []
    for difference in differences.joined() where !found.contains(difference) { found.append(difference) }
    return found.map { difference in
      let members = zip(report.checkpoints, differences).filter { $1.contains(difference) }.map(\.0)
      let place = place(members, of: report.checkpoints)
      return Line(
        kind: .warning,
        text: difference.code == "partial"
          ? "\(place): rows are missing that were to be written, so it is no point of a trend."
          : "\(place): \(difference.text.printable), which is other than in the checkpoint above, so numbers move for "
            + "that as well.")
    }
  }

  /// Which checkpoints: their steps, or how many where there are many.
  private static func place(_ members: [CheckpointReport], of all: [CheckpointReport]) -> String {
    if members.count == all.count { return "At all \(all.count) checkpoints" }
    let runs = Set(all.map(\.description.run)).count
    guard runs == 1 else {
      return members.count == 1
        ? members[0].file.printable
        : "At \(NumberText.count(members.count)) of \(NumberText.count(all.count)) checkpoints"
    }
    let steps = members.map { NumberText.count($0.description.step) }
    switch steps.count {
    case 1: return "At step \(steps[0])"
    case 2...4: return "At steps \(steps.dropLast().joined(separator: "; ")) and \(steps.last!)"
    default:
      return
        "At \(NumberText.count(steps.count)) of \(NumberText.count(all.count)) checkpoints, the last at step \(steps.last!)"
    }
  }
}
