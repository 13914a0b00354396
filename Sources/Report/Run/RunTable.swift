internal import Checkpoint
internal import Regret

/// One row a checkpoint, with marks where a measure moved by more than its error.
struct RunTable {
  let report: Report
  let options: TextOptions
  /// Rows at most: the last ones.
  let shown: Int

  init(_ report: Report, _ options: TextOptions, shown: Int) {
    self.report = report
    self.options = options
    self.shown = shown
  }

  private var checkpoints: [CheckpointReport] { report.checkpoints }

  var lines: [String] {
    let measures = StepMeasures(checkpoints)
    let columns = measures.main + (measures.ball == .euclidean ? [] : StepMeasures.beside([.euclidean]))
    let metric = ["validation_loss", "train_loss"].first { name in
      checkpoints.contains { $0.description.metrics[name] != nil }
    }
    let hasRuns = Set(checkpoints.map(\.description.run)).count > 1
    let differences = report.differences
    let hasDifferences = differences.contains { $0.contains { $0.code != "partial" } }
    // A measure and its mark stay together where the table is broken to fit.
    var table = TextTable(
      [.right] + columns.flatMap { _ in [.right, .left] as [TextTable.Alignment] } + (metric == nil ? [] : [.right])
        + (hasDifferences ? [.left] : []), gap: 1)
    table.unbreakable = Set(columns.indices.map { 2 + 2 * $0 })
    table.add(
      [.init("step", .faint)] + columns.flatMap { [TextTable.Cell($0.name, .faint), ""] }
        + (metric.map { [.init($0.replacingUnderscores, .faint)] } ?? [])
        + (hasDifferences ? [.init("measured with", .faint)] : []))
    var previous: CheckpointReport?
    for (index, checkpoint) in checkpoints.enumerated() {
      let isPartial = checkpoint.description.isPartial
      defer { if !isPartial { previous = checkpoint } }
      guard index >= checkpoints.count - shown else { continue }
      let before = previous?.description.run == checkpoint.description.run ? previous : nil
      if hasRuns && before == nil { table.add(heading: heading(checkpoint)) }
      var cells = [TextTable.Cell((isPartial ? "partial " : "") + NumberText.count(checkpoint.description.step))]
      for column in columns {
        let mark =
          isPartial
          ? " " : Marks.trend(column.estimate(checkpoint.audit), after: before.flatMap { column.estimate($0.audit) })
        cells += [.init(column.text(checkpoint.audit)), .init(mark)]
      }
      if let metric {
        cells.append(.init(checkpoint.description.metrics[metric].map { NumberText.rounded($0) } ?? "–"))
      }
      if hasDifferences {
        let others = differences[index].filter { $0.code != "partial" }.map(\.text)
        cells.append(.init(others.joined(separator: ", ").shortened(to: 40), .yellow))
      }
      table.add(cells)
    }
    if !hasRuns { table.add(trends(columns, metric)) }
    return finished(table, measures)
  }

  private func trends(_ columns: [StepMeasure], _ metric: String?) -> [TextTable.Cell] {
    let whole = checkpoints.filter { !$0.description.isPartial }
    var trends: [TextTable.Cell] = [.init("trend", .faint)]
    for column in columns {
      trends += [.init(Marks.spark(whole.map { column.estimate($0.audit)?.value }, width: 12), .blue), ""]
    }
    if let metric { trends.append(.init(Marks.spark(whole.map { $0.description.metrics[metric] }, width: 12), .blue)) }
    return trends
  }

  private func finished(_ table: TextTable, _ measures: StepMeasures) -> [String] {
    let title = options.wrapped(
      RunWording.title(checkpoints, measures.ball) + (shown < checkpoints.count ? ", the last \(shown)" : "")
    ).map { options.styled($0, .bold) }
    // A watch has room for the first part only.
    let parts = table.parts(options)
    let body = options.rows == nil ? Array(parts.joined(separator: [""])) : parts[0]
    return title + body
      + options.wrapped(RunWording.note(checkpoints, measures), first: "  ", rest: "  ").map {
        options.styled($0, .faint)
      }
  }

  /// What stands above the rows of one run among several.
  private func heading(_ checkpoint: CheckpointReport) -> String {
    "run " + RunName.of(checkpoint.description.run, among: checkpoints)
  }
}

extension String {
  /// A name of JSON as words.
  var replacingUnderscores: String { String(map { $0 == "_" ? " " : $0 }) }
}
