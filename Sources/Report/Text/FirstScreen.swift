internal import Checkpoint
internal import Regret

/// What a person wants to know first of one checkpoint: how much minibatches disagree, whether that can be trusted, and
/// which tensors carry it.
struct FirstScreen {
  let checkpoint: CheckpointReport
  let report: Report
  let options: TextOptions

  init(_ checkpoint: CheckpointReport, in report: Report, _ options: TextOptions) {
    self.checkpoint = checkpoint
    self.report = report
    self.options = options
  }

  private var audit: Audit { checkpoint.audit }
  private var words: Wording { Wording(checkpoint) }

  var lines: [String] {
    var lines = [options.styled(checkpoint.file.printable, .bold)]
    lines += options.wrapped(words.setting)
    lines += [""] + disagreement
    if let words = GroupWording(checkpoint) { lines += [""] + groups(words) }
    lines += [""] + trust
    if let tensors = audit.tensors, !tensors.isEmpty {
      lines += [""] + carriers(tensors)
    }
    return lines
  }

  private func heading(_ text: String) -> String { options.styled(text, .bold) }

  private var disagreement: [String] {
    var lines = [heading("How much do minibatches disagree?")]
    for sentence in [words.headline, words.noise].compactMap({ $0 }) {
      lines += options.wrapped(sentence, first: "  ", rest: "  ")
    }
    lines += [""] + BallTable(audit).table.lines(options)
    lines += options.wrapped(words.metric, first: "  ", rest: "  ").map { options.styled($0, .faint) }
    return lines
  }

  private func groups(_ words: GroupWording) -> [String] {
    let tables = GroupTables(words: words)
    var lines = [heading(words.heading)] + options.wrapped(words.sentences, first: "  ", rest: "  ")
    let shown = words.isPair ? [tables.pairs] : [tables.map, tables.conflicts()].compactMap { $0 }
    for table in shown { lines += [""] + table.lines(options) }
    let note =
      words.isPair
      ? GroupWording.note
      : "\(words.metric.name); excess in \(words.metric.unit), with intervals that hold for all pairs of groups at once."
    return lines + options.wrapped(note, first: "  ", rest: "  ").map { options.styled($0, .faint) }
  }

  private var trust: [String] {
    var lines = [heading("Can it be trusted?")]
    for line in RunTrust(report).lines {
      let wrapped = options.wrapped(line.text, first: "  \(line.mark) ", rest: "    ")
      lines += [line.isWarning ? options.styled(wrapped[0], .yellow) : wrapped[0]] + wrapped.dropFirst()
    }
    return lines
  }

  /// So many tensors are shown one by one, or groups of them.
  private static let dozen = 12

  private func carriers(_ tensors: [TensorRegret]) -> [String] {
    let isKL = tensors.contains { $0.kl != nil }
    let ranked = tensors.ranked(byKL: isKL)
    guard !ranked.isEmpty else {
      return [heading("Which tensors carry it?"), "  None: of no tensor two gradients have a length."]
    }
    let shown = ranked.prefix(8)
    let largest = ranked.first?.1.value ?? 1
    let measure = isKL ? "KL regret, in-sample" : "Euclidean regret"
    var lines = [heading("Which tensors carry it?")]
    var table = TextTable(.left, .right, .right, .left)
    table.dispensable = [3]
    table.add(.init("tensor", .faint), .init("parameters", .faint), .init(measure, .faint), "")
    for (tensor, estimate) in shown {
      table.add(
        .init(tensor.name.printable.shortened(to: 30)), .init(Self.parameters(tensor.count, live: tensor.live)),
        .init(estimate.text), .init(bar: estimate.value / largest, width: 14))
    }
    lines += table.lines(options)
    let rest = tensors.count - shown.count
    if tensors.count > Self.dozen, let groups = TensorGroups(tensors, limit: Self.dozen) {
      lines += ["", "  By name, the largest of each group:"] + rows(of: groups, isKL: isKL, largest: largest)
    } else if rest > 0 {
      lines.append(options.styled("  and \(NumberText.count(rest)) more; --format csv or html shows all", .faint))
    }
    return lines
  }

  private func rows(of groups: TensorGroups, isKL: Bool, largest: Double) -> [String] {
    var table = TextTable(.left, .right, .right, .right, .left)
    table.dispensable = [4]
    table.add(
      .init("tensors", .faint), .init("of them", .faint), .init("parameters", .faint), .init("largest", .faint), "")
    for group in groups.groups {
      let best = group.members.ranked(byKL: isKL).first?.1
      table.add(
        .init(group.name.printable.shortened(to: 30)), .init(NumberText.count(group.members.count)),
        .init(Self.parameters(group.count, live: group.live)), .init(best?.text ?? "–"),
        .init(bar: (best?.value ?? 0) / largest, width: 14))
    }
    return table.lines(options)
  }

  /// All of them, and how many some row touches where that is less.
  static func parameters(_ count: Int, live: Int?) -> String {
    guard let live, live < count else { return NumberText.count(count) }
    return "\(NumberText.count(count)) (\(NumberText.count(live)) live)"
  }
}

extension [TensorRegret] {
  /// Those with a regret, largest first; equal ones in the file's order.
  func ranked(byKL isKL: Bool) -> [(TensorRegret, Estimate)] {
    enumerated()
      .compactMap { place, tensor in (isKL ? tensor.kl : tensor.euclidean).map { (place, tensor, $0) } }
      .sorted { ($1.2.value, $0.0) < ($0.2.value, $1.0) }
      .map { ($0.1, $0.2) }
  }
}
