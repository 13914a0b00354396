internal import Checkpoint
internal import Regret

extension Report {
  /// The report for people: what the last checkpoint says, then one row a checkpoint, or the details of the only one.
  public func text(_ options: TextOptions = TextOptions()) -> String {
    var lines: [String] = []
    if let last = headline {
      lines += FirstScreen(last, in: self, options).lines
      if checkpoints.count > 1 {
        lines.append("")
        // Heading, header, trend, note, and what a watch says below.
        let room = options.rows.map { max(3, $0 - lines.count - 8) } ?? checkpoints.count
        lines += RunTable(self, options, shown: room).lines
      } else {
        lines += Details(last, options).lines
      }
    }
    return lines.map { $0 + "\n" }.joined()
  }

  /// The result only: one line a checkpoint with the share and the regrets and half the widths of their 95% intervals.
  public func summary(_ options: TextOptions = TextOptions()) -> String {
    var table = TextTable(.left, .right, .right, .right, .right, .right, .right)
    table.add(
      .init("file", .faint), .init("step", .faint), .init("share", .faint), .init("KL", .faint),
      .init("KL held-out", .faint),
      .init("KL in-sample", .faint), .init("Euclidean", .faint))
    for checkpoint in checkpoints {
      let audit = checkpoint.audit
      table.add(
        [.init(checkpoint.file.printable), .init(checkpoint.stepText)]
          + [.init(audit.measures(Ball(audit))?.cosine.percentText ?? "–")]
          + Ball.allCases.map { .init(audit.measures($0)?.regret.text ?? "–") })
    }
    // However narrow the terminal is: a line a checkpoint is what scripts read.
    var options = options
    options.width = .max
    return table.lines(options, indent: "").map { $0 + "\n" }.joined()
  }
}

extension CheckpointReport {
  /// The step, and whether rows are missing.
  var stepText: String { (description.isPartial ? "partial " : "") + String(description.step) }

  /// The result in one line, for a log.
  public var line: String {
    let share = audit.measures(Ball(audit)).map { ["share \($0.cosine.percentText)"] } ?? []
    let texts =
      share
      + Ball.allCases.map { ball in
        "\(ball.name.replacing(" ball", with: "").replacing(",", with: "")) "
          + (audit.measures(ball)?.regret.text ?? "–")
      }
    let weight = audit.kl?.damping.weight.map { "  ρ \(NumberText.rounded($0, digits: 3))" } ?? ""
    let carried =
      carriedOver.map { "  to \($0.to) \($0.share.percentText)" }
      ?? ""
    return "\(file.printable)  step \(stepText)  " + texts.joined(separator: "  ") + carried + weight
  }
}
