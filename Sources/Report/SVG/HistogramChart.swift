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
        let points = bins.counts(entry.values).enumerated().flatMap { bin, number in
          [bin, bin + 1].map { LineChart.Point(x: bins.start + Double($0) * bins.width, y: Double(number)) }
        }
        return .init(name: entry.name, points: points, color: entry.color, dash: entry.dash)
      },
      xLabel: xLabel, yLabel: "pairs a bin of \(NumberText.shortest(bins.width))",
      pattern: "{n}: {c} pairs from {a} to {e}", bins: bins, hasDots: false)
  }
}
