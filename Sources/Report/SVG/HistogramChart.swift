/// How often values fall into bins of equal width: outlines over each other, so that all stay visible.
struct HistogramChart {
  var series: [(name: String, values: [Double], color: Int, dash: String)]
  var xLabel: String

  var drawing: Drawing? {
    let all = series.flatMap(\.values).filter(\.isFinite)
    guard let least = all.min(), let most = all.max() else { return nil }
    // Halves first: the width of the largest numbers is none.
    let step = Scale.roundStep(max(most / 24 - least / 24, 1e-6 / 24, abs(most) * 1e-12, abs(least) * 1e-12))
    let first = (least / step).rounded(.down)
    let count = max(1, Int(min(1000, (most / step).rounded(.down) - first)) + 1)
    return LineChart(
      series: series.map { entry in
        var bins = [Int](repeating: 0, count: count)
        for value in entry.values where value.isFinite {
          bins[Int(min(Double(count - 1), max(0, (value / step).rounded(.down) - first)))] += 1
        }
        // Twice a bin, at both its edges, draws steps.
        let points = bins.enumerated().flatMap { bin, number -> [LineChart.Point] in
          let low = (first + Double(bin)) * step
          let title =
            "\(entry.name): \(NumberText.count(number)) pairs from \(NumberText.rounded(low, digits: 3)) to "
            + NumberText.rounded(low + step, digits: 3)
          return [low, low + step].map { .init(x: $0, y: Double(number), interval: nil, title: title) }
        }
        return .init(name: entry.name, points: points, color: entry.color, dash: entry.dash)
      },
      xLabel: xLabel, yLabel: "pairs", hasDots: false
    ).drawing
  }
}
