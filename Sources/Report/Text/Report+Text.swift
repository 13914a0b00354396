internal import Checkpoint
internal import Regret

extension Report {
  /// The report for people: what the last checkpoint says, then one row a checkpoint, or the details of the only one.
  public func text(_ options: TextOptions = TextOptions()) -> String {
    var lines: [String] = []
    if let last = headline {
      lines += FirstScreen(last, options).lines
      if checkpoints.count > 1 {
        lines.append("")
        // Heading, header, trend, note, and what a watch says below.
        let room = options.rows.map { max(3, $0 - lines.count - 8) } ?? checkpoints.count
        lines += RunTable(checkpoints, options, shown: room).lines
      } else {
        lines += Details(last, options).lines
      }
    }
    return lines.map { $0 + "\n" }.joined()
  }

  /// The result only: one line a checkpoint with the regrets and half the widths of their 95% intervals.
  public func summary(_ options: TextOptions = TextOptions()) -> String {
    var table = TextTable(.left, .right, .right, .right, .right, .right)
    table.add(
      .init("file", .faint), .init("step", .faint), .init("KL", .faint), .init("KL held-out", .faint),
      .init("KL in-sample", .faint), .init("Euclidean", .faint))
    for checkpoint in checkpoints {
      let audit = checkpoint.audit
      let count = audit.minibatchCount - audit.zeroGradients
      let regrets = [
        audit.kl?.supportedEstimate?.regret, audit.kl?.heldOut?.regret, audit.kl?.inSample?.regret,
        audit.euclidean?.regret,
      ]
      table.add(
        [.init(checkpoint.file.printable), .init(checkpoint.stepText)]
          + regrets.map { regret in
            .init(regret.map { $0.text(count: count) } ?? "–")
          })
    }
    return table.lines(options, indent: "").map { $0 + "\n" }.joined()
  }
}

extension CheckpointReport {
  /// The step, and whether rows are missing.
  var stepText: String { (description.isPartial ? "partial " : "") + String(description.step) }

  /// The result in one line, for a log.
  public var line: String {
    let count = audit.minibatchCount - audit.zeroGradients
    let regrets = [
      ("KL", audit.kl?.supportedEstimate?.regret), ("KL held-out", audit.kl?.heldOut?.regret),
      ("KL in-sample", audit.kl?.inSample?.regret),
      ("Euclidean", audit.euclidean?.regret),
    ]
    let texts = regrets.map { name, regret in
      "\(name) " + (regret.map { $0.text(count: count) } ?? "–")
    }
    let weight = audit.kl?.damping.weight.map { "  ρ \(NumberText.rounded($0, digits: 3))" } ?? ""
    let carried =
      carriedOver.map { "  to \($0.to) \($0.share.percentText)" }
      ?? ""
    return "\(file.printable)  step \(stepText)  " + texts.joined(separator: "  ") + carried + weight
  }
}
