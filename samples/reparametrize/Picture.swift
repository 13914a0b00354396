import Foundation

/// Every measure against the factor, relative to its value at a = 1, as SVG: what moves above, on a logarithmic axis, and
/// what hardly does below.
struct Picture {
  let measurements: [Measurement]

  private static let width = 800.0
  private static let height = 500.0
  private static let plot = (left: 72.0, right: 566.0)

  private struct Line {
    let index: Int
    let color: String
    let dash: String
    var width = 2.0
  }
  private static let moving = [
    Line(index: 1, color: "#d55e00", dash: ""), Line(index: 0, color: "#e69f00", dash: "7 4"),
    Line(index: 2, color: "#009e73", dash: ""), Line(index: 3, color: "#0072b2", dash: ""),
  ]
  private static let still = [
    Line(index: 5, color: "#56b4e9", dash: "", width: 6), Line(index: 6, color: "#a3307c", dash: ""),
    Line(index: 4, color: "#8c6d1f", dash: "5 4"),
  ]

  func svg() -> String {
    let above = Panel(
      x: Self.plot, y: (110, 308), range: (0, 4), ticks: (0...4).map { (Double($0), Self.power($0)) },
      map: { log10($0) })
    let below = Panel(
      x: Self.plot, y: (356, 452), range: (0.4, 1.2),
      ticks: [0.4, 0.6, 0.8, 1.0, 1.2].map { ($0, String(format: "%.1f×", $0)) }, map: { $0 })
    let loss = String(format: "%.4f", measurements[0].loss)
    return """
      <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(Int(Self.width)) \(Int(Self.height))" role="img" \
      aria-labelledby="title desc" font-family="system-ui, -apple-system, 'Segoe UI', sans-serif" font-size="13">
      <title id="title">One function, seventeen parametrisations</title>
      <desc id="desc">\(description)</desc>
      <style>
      .ink { fill: #1f2328 } .soft { fill: #59636e } .grid { stroke: #d1d9e0 } .paper { fill: #ffffff }
      @media (prefers-color-scheme: dark) {
      .ink { fill: #f0f6fc } .soft { fill: #9198a1 } .grid { stroke: #3d444d } .paper { fill: #0d1117 } }
      </style>
      <rect class="paper" width="100%" height="100%" rx="8"/>
      <text class="ink" x="20" y="30" font-size="17" font-weight="600">One function, seventeen parametrisations</text>
      <text class="soft" x="20" y="52">A ReLU network on handwritten digits with its first layer times a and its second \
      divided by a: same function,</text>
      <text class="soft" x="20" y="69">same mean loss (\(loss) nats). Each measure relative to its value at a = 1.</text>
      \(above.frame())
      \(below.frame())
      \(above.horizontalTicks(labels: false))
      \(below.horizontalTicks(labels: true))
      <text class="soft" x="\(Self.plot.left)" y="102">moves (logarithmic axis)</text>
      <text class="soft" x="\(Self.plot.left)" y="346">hardly moves, or not at all (linear axis)</text>
      \(Self.moving.map { curve($0, in: above) }.joined(separator: "\n"))
      \(Self.still.map { curve($0, in: below) }.joined(separator: "\n"))
      \(labels(Self.moving, in: above, spacing: 19))
      \(labels(Self.still, in: below, spacing: 19))
      <text class="soft" x="\((Self.plot.left + Self.plot.right) / 2)" y="489" text-anchor="middle">\
      a (first layer × a, second layer ÷ a)</text>
      </svg>

      """
  }

  private func relative(_ series: Int) -> [Double] {
    let values = measurements.map { Measurement.series[series].value($0) }
    return values.map { $0 / values[values.count / 2] }
  }

  private func curve(_ line: Line, in panel: Panel) -> String {
    let points = zip(measurements, relative(line.index)).map { measurement, value in
      String(format: "%.1f,%.1f", panel.x(log10(measurement.factor)), panel.y(value))
    }
    let dash = line.dash.isEmpty ? "" : " stroke-dasharray=\"\(line.dash)\""
    return """
      <polyline fill="none" stroke="\(line.color)" stroke-width="\(line.width)" stroke-linejoin="round"\(dash) \
      points="\(points.joined(separator: " "))"><title>\(Measurement.series[line.index].name)</title></polyline>
      """
  }

  /// Names at the lines' right ends, moved apart where they would overlap.
  private func labels(_ lines: [Line], in panel: Panel, spacing: Double) -> String {
    var places = lines.map { line in (line, panel.y(relative(line.index).last ?? 1)) }.sorted { $0.1 < $1.1 }
    for index in places.indices.dropFirst() {
      places[index].1 = max(places[index].1, places[index - 1].1 + spacing)
    }
    return places.map { line, y in
      let name = Measurement.series[line.index].name
      let end = panel.y(relative(line.index).last ?? 1)
      return """
        <polyline fill="none" stroke="\(line.color)" points="\(Self.plot.right + 3),\(Int(end)) \
        \(Self.plot.right + 14),\(Int(y))"/>
        <text class="ink" x="\(Self.plot.right + 18)" y="\(Int(y) + 4)">\(name)</text>
        """
    }.joined(separator: "\n")
  }

  /// The picture in words.
  private var description: String {
    let ends = Measurement.series.indices.map { index in
      let values = relative(index)
      return String(
        format: "%@ %.4g to %.4g times", Measurement.series[index].name, values.min() ?? 0, values.max() ?? 0)
    }
    return "Range of each measure over a from 0.01 to 100, relative to a = 1: " + ends.joined(separator: "; ") + "."
  }

  private static func power(_ exponent: Int) -> String {
    exponent < 4 ? "\(Int(pow(10, Double(exponent))))×" : "10,000×"
  }
}

/// A frame with a vertical axis of its own; the horizontal one is log₁₀ a from −2 to 2.
private struct Panel {
  let x: (left: Double, right: Double)
  let y: (top: Double, bottom: Double)
  let range: (low: Double, high: Double)
  let ticks: [(value: Double, label: String)]
  let map: (Double) -> Double

  func x(_ power: Double) -> Double { x.left + (power + 2) / 4 * (x.right - x.left) }
  func y(_ value: Double) -> Double { place(map(value)) }
  private func place(_ mapped: Double) -> Double {
    y.bottom - (mapped - range.low) / (range.high - range.low) * (y.bottom - y.top)
  }

  func frame() -> String {
    ticks.map { value, label in
      """
      <line class="grid" x1="\(x.left)" x2="\(x.right)" y1="\(Int(place(value)))" y2="\(Int(place(value)))"/>
      <text class="soft" x="\(x.left - 8)" y="\(Int(place(value)) + 4)" text-anchor="end">\(label)</text>
      """
    }.joined(separator: "\n")
  }

  func horizontalTicks(labels: Bool) -> String {
    zip(-2...2, ["1/100", "1/10", "1", "10", "100"]).map { power, label in
      let place = Int(x(Double(power)))
      let text =
        labels
        ? "<text class=\"soft\" x=\"\(place)\" y=\"\(y.bottom + 18)\" text-anchor=\"middle\">\(label)</text>" : ""
      return "<line class=\"grid\" x1=\"\(place)\" x2=\"\(place)\" y1=\"\(y.top)\" y2=\"\(y.bottom)\"/>\(text)"
    }.joined(separator: "\n")
  }
}
