internal import Checkpoint
internal import Regret

/// One row a checkpoint, with marks where a measure moved by more than its error.
struct RunTable {
  let checkpoints: [CheckpointReport]
  let options: TextOptions
  /// Rows at most: the last ones.
  let shown: Int

  init(_ checkpoints: [CheckpointReport], _ options: TextOptions, shown: Int) {
    self.checkpoints = checkpoints
    self.options = options
    self.shown = shown
  }

  private typealias Entry = (Double, Double?)

  var lines: [String] {
    typealias Column = (String, (CheckpointReport) -> Entry?)
    let estimate: Column = ("KL", { entry($0.audit.kl?.supportedEstimate?.regret, $0) })
    let inSample: Column = ("KL in-sample", { entry($0.audit.kl?.inSample?.regret, $0) })
    // Four columns of regrets and one of losses would not fit 80.
    let hasEstimate = checkpoints.contains { $0.audit.kl?.supportedEstimate != nil }
    let columns: [Column] =
      (hasEstimate ? [estimate] : []) + [("KL held-out", { entry($0.audit.kl?.heldOut?.regret, $0) })]
      + (hasEstimate ? [] : [inSample]) + [("Euclidean", { entry($0.audit.euclidean?.regret, $0) })]
    let metric = ["validation_loss", "train_loss"].first { name in
      checkpoints.contains { $0.description.metrics[name] != nil }
    }
    let hasRuns = Set(checkpoints.map(\.description.run)).count > 1
    var table = TextTable(
      [.right] + columns.flatMap { _ in [.right, .left] as [TextTable.Alignment] } + [.right], gap: 1)
    table.add(
      [.init("step", .faint)]
        + columns.flatMap { [TextTable.Cell("  " + $0.0, .faint), ""] }
        + (metric.map { [.init(" " + $0.replacingUnderscores, .faint)] } ?? []))
    var previous: CheckpointReport?
    for (index, checkpoint) in checkpoints.enumerated() {
      let isPartial = checkpoint.description.isPartial
      defer { if !isPartial { previous = checkpoint } }
      guard index >= checkpoints.count - shown else { continue }
      let before = previous?.description.run == checkpoint.description.run ? previous : nil
      if hasRuns && before == nil { table.add(heading: heading(checkpoint)) }
      var cells = [TextTable.Cell((isPartial ? "partial " : "") + NumberText.count(checkpoint.description.step))]
      for (_, value) in columns {
        let now = value(checkpoint)
        cells.append(.init(now.map { NumberText.withError($0.0, $0.1) } ?? "–"))
        let mark = isPartial ? " " : Marks.trend(now, after: before.flatMap(value))
        cells.append(.init(mark, mark == "↑" ? .red : mark == "↓" ? .green : .faint))
      }
      if let metric {
        cells.append(.init(checkpoint.description.metrics[metric].map { NumberText.rounded($0) } ?? "–"))
      }
      table.add(cells)
    }
    guard !hasRuns else { return finished(table) }
    let whole = checkpoints.filter { !$0.description.isPartial }
    var trends: [TextTable.Cell] = [.init("trend", .faint)]
    for (_, value) in columns {
      trends += [.init(Marks.spark(whole.map { value($0)?.0 }, width: 16), .blue), ""]
    }
    if let metric {
      trends.append(.init(Marks.spark(whole.map { $0.description.metrics[metric] }, width: 12), .blue))
    }
    table.add(trends)
    return finished(table)
  }

  private func finished(_ table: TextTable) -> [String] {
    let title =
      options.styled("Regret over \(NumberText.count(checkpoints.count)) checkpoints", .bold)
      + (shown < checkpoints.count ? options.styled("  the last \(shown)", .faint) : "")
    var note = "↑ ↓ moved by more than both 95% intervals together since the row above, · did not"
    if let shared { note += ". " + shared }
    return [title] + table.lines(options)
      + options.wrapped(note, first: "  ", rest: "  ").map { options.styled($0, .faint) }
  }

  /// The ρ that all have in common, and from where to where their own run.
  private var shared: String? {
    let own = checkpoints.compactMap { $0.audit.kl?.damping.ownWeight }
    guard let low = own.min(), let high = own.max(), let weight = checkpoints.last?.audit.kl?.damping.weight else {
      return nil
    }
    return "All at ρ = \(NumberText.rounded(weight, digits: 3)), the largest of their own, which run from "
      + "\(NumberText.rounded(low, digits: 3)) to \(NumberText.rounded(high, digits: 3)): regrets at different ρ can't be "
      + "compared (--own-damping, --damping)."
  }

  private func entry(_ estimate: Estimate?, _ checkpoint: CheckpointReport) -> Entry? {
    estimate.map {
      ($0.value, $0.halfWidth(count: checkpoint.audit.minibatchCount - checkpoint.audit.zeroGradients))
    }
  }

  /// What stands above the rows of one run among several.
  private func heading(_ checkpoint: CheckpointReport) -> String {
    let parts = checkpoint.file.split(separator: "/")
    let folder = parts.count > 1 ? String(parts[parts.count - 2]) + ", " : ""
    return (folder + "run " + checkpoint.description.run).printable.shortened(to: 76)
  }
}

extension String {
  /// A name of JSON as words.
  var replacingUnderscores: String { String(map { $0 == "_" ? " " : $0 }) }
}
