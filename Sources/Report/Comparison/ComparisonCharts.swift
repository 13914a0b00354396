internal import Checkpoint
internal import Comparison
internal import Regret

/// Figures of a comparison.
struct ComparisonCharts {
  let report: ComparisonReport

  /// The runs' measures over their steps, over each other.
  var curves: [Chart] {
    guard let history = report.history else { return [] }
    let run = RunCharts(history)
    return [run.share, run.regret, run.euclidean, run.norm, run.noise, run.loss].compactMap { $0 }
  }

  /// Measures against the gap: the regrets, and the measure that goes with it most.
  var scatter: Chart? {
    guard let correlations = report.correlations else { return nil }
    var paths = ["kl.estimate.regret", "kl.held_out.regret", "kl.in_sample.regret", "euclidean.regret"]
    let best = correlations.rows.max { abs($0.tau ?? 0) < abs($1.tau ?? 0) }?.measure
    if let best, !paths.contains(best) { paths.append(best) }
    let panels = paths.filter { report.incomparable($0) == nil }.compactMap { path -> Drawing? in
      var points: [ScatterChart.Point] = []
      for (run, name) in zip(report.runs, report.titles) {
        guard let gap = run.generalizationGap,
          let value = run.allMeasures.first(where: { $0.name == path })?.estimate.value, value.isFinite
        else { continue }
        points.append(
          .init(
            x: value, y: gap,
            title: "\(name): \(NumberText.rounded(value)), gap \(NumberText.rounded(gap))"))
      }
      let tau = correlations.rows.first { $0.measure == path }?.tau
      return ScatterChart(
        points: points, title: path + (tau.map { "  (τ = \(NumberText.fixed($0, decimals: 2)))" } ?? ""),
        xLabel: path == best && !path.hasSuffix("regret") ? "the measure that goes with the gap most" : "regret",
        yLabel: report.gapName
      ).drawing
    }
    guard !panels.isEmpty else { return nil }
    return Chart(
      name: .pairs, title: "Measures against the \(report.gapName)",
      alternative: "Scatter plots of \(correlations.runs) models.",
      caption:
        "One dot a model. A measure that speaks about generalization has its dots along a rising or falling line; "
        + "a cloud says nothing."
        + (correlations.rows.count == 1 && report.isChosen
          ? "" : " The measure that goes with the gap most was chosen after looking, so its τ flatters it."),
      panels: panels.map { .drawing($0) })
  }

  /// The ranking, as bars.
  var ranking: Chart? {
    guard let ranking = report.ranking else { return nil }
    let places = ranking.places.prefix(30)
    guard places.count > 1 else { return nil }
    let names = Dictionary(zip(report.members.map(\.name), report.titles)) { first, _ in first }
    let shown = places.map { names[$0.run] ?? $0.run }
    return Chart(
      name: .regret, title: "Regret, ranked",
      alternative: "\(shown[0]) has the smallest, \(NumberText.rounded(places[0].estimate.value)).",
      caption:
        "By \(report.mainMeasure). Whiskers are 95% intervals: models whose whiskers overlap widely are not told "
        + "apart." + (ranking.places.count > 30 ? " The first 30 of \(ranking.places.count)." : ""),
      panels: [
        .bars(
          BarChart(
            title: report.mainMeasure,
            unit: report.mainMeasure.hasPrefix("kl") ? "nats per √nat" : "nats per unit of θ",
            color: report.mainMeasure.hasPrefix("kl") ? 0 : 1, names: shown,
            bars: places.map { place in
              .init(place.estimate, title: "\(names[place.run] ?? place.run): \(place.estimate.text)")
            }))
      ])
  }
}
