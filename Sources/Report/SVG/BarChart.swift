internal import Regret

/// Horizontal bars with whiskers, a name each.
struct BarChart {
  struct Bar {
    var value: Double
    /// The ends of its interval, the upper one infinite where it is open.
    var interval: (low: Double, high: Double)?
    var title: String
  }

  var title: String
  var unit: String
  var color: Int
  var names: [String]
  /// In the order of the names; nil where there is no value.
  var bars: [Bar?]
  var width = 440.0

  var drawing: Drawing {
    let pitch = 19.0
    let top = 44.0
    let longest = names.map { Double(min(24, $0.terminalWidth)) }.max() ?? 0
    let left = 12 + 7.4 * longest
    var canvas = Drawing(width: width, height: top + pitch * Double(names.count) + 24)
    let values = bars.compactMap { $0 }.flatMap { [$0.value, $0.interval?.high ?? $0.value] }.filter(\.isFinite)
    let x = Scale(.linear, Scale.fromZero(values), to: left...(width - 20))
    canvas.text(title, left, 14, "panel")
    canvas.text(unit, left, 32, "unit")
    let bottom = top + pitch * Double(names.count)
    for tick in x.ticks(4) {
      canvas.line(x(tick.value), top - 4, x(tick.value), bottom, "grid")
      canvas.text(tick.label, x(tick.value), bottom + 16, "tick", anchor: "middle")
    }
    for (index, name) in names.enumerated() {
      let y = top + pitch * Double(index)
      canvas.text(name.printable.shortened(to: 24), left - 6, y + 12, "", anchor: "end")
      guard let bar = bars[index] else { continue }
      let from = min(x(0), x(bar.value))
      canvas.rectangle(from, y + 3, abs(x(bar.value) - x(0)), 12, "bar f\(color)", title: bar.title)
      if let interval = bar.interval {
        canvas.line(x(interval.low), y + 9, x(interval.high), y + 9, "whisker")
      }
    }
    canvas.line(x(0), top - 4, x(0), bottom, "axis")
    return canvas
  }
}

extension BarChart.Bar {
  init(_ estimate: Estimate, title: String) {
    self.init(
      value: estimate.value, interval: estimate.interval.map { ($0.low, $0.high ?? .infinity) }, title: title)
  }
}
