internal import Comparison
internal import Regret

extension ComparisonReport {
  /// The figure called `name`, or the correlations; nil where there are no data for it.
  public func chart(_ name: Chart.Name?) -> Chart? {
    let charts = ComparisonCharts(report: self)
    return ([charts.correlations, charts.scatter, charts.ranking].compactMap { $0 } + charts.curves).first {
      name == nil || $0.name == name
    }
  }
}

extension ComparisonCharts {
  /// τ of every measure with its interval, and Ψ beside it.
  var correlations: Chart? {
    guard let table = report.correlations else { return nil }
    let rows = table.rows.compactMap { row -> IntervalChart.Row? in
      guard let tau = row.tau else { return nil }
      func text(_ value: Double) -> String { NumberText.fixed(value, decimals: 2) }
      let interval = row.interval.map { " (\(text($0.lower)) to \(text($0.upper)))" } ?? ""
      return .init(
        name: row.measure, value: tau, interval: row.interval.map { ($0.lower, $0.upper) },
        second: row.granulated?.value, isMarked: row.measure.hasSuffix(".regret"),
        title: "\(row.measure): τ = \(text(tau))\(interval)"
          + (row.granulated.map { ", Ψ = \(text($0.value))" } ?? ""))
    }
    guard let drawing = IntervalChart(rows: rows, xLabel: "Kendall's τ with the \(report.gapName)").drawing else {
      return nil
    }
    let alternative =
      table.hasTooFewRuns
      ? "\(NumberText.count(table.runs)) models are too few to conclude anything."
      : "\(table.found.count) of \(table.rows.count) measures correlate at p < 0.05 after Holm's correction."
    let hasSettings = rows.contains { $0.second != nil }
    return Chart(
      name: .correlations, title: "Do the measures go with the \(report.gapName)?",
      alternative: alternative,
      caption:
        "Filled: τ over all models, with its \(NumberText.percent(table.confidence)) bootstrap interval."
        + (hasSettings
          ? " Hollow: Ψ, τ among models that differ in one hyperparameter only. Where the two disagree, the measure mirrors a "
            + "hyperparameter rather than speaks about generalization." : ""),
      panels: [.drawing(drawing)])
  }
}
