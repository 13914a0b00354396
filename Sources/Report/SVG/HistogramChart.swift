/// How often values fall into bins of equal width: outlines over each other, so that all stay visible.
struct HistogramChart {
  var series: [(name: String, values: [Double], color: Int, dash: String)]
  var xLabel: String

  /// Nil without a finite value.
  var chart: LineChart? {
    guard let bins = HistogramBins(series.map(\.values)) else { return nil }
    return LineChart(
      series: series.map { entry in
        // Twice a bin, at both its edges, draws steps.
        let points = bins.counts(entry.values).enumerated().flatMap { bin, number -> [LineChart.Point] in
          let edges = [bin, bin + 1].map { bins.start + Double($0) * bins.width }
          let title =
            "\(entry.name): \(NumberText.count(number)) pairs from \(NumberText.rounded(edges[0], digits: 3)) to "
            + NumberText.rounded(edges[1], digits: 3)
          return edges.map { .init(x: $0, y: Double(number), interval: nil, title: title) }
        }
        return .init(name: entry.name, points: points, color: entry.color, dash: entry.dash)
      },
      xLabel: xLabel, yLabel: "pairs a bin of \(NumberText.shortest(bins.width))", hasDots: false)
  }
}
