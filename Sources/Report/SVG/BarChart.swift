/// Horizontal bars with whiskers: some names, and one column of bars a measure on its own axis.
struct BarChart {
  struct Bar {
    var value: Double
    var error: Double?
    var title: String
  }

  struct Column {
    var title: String
    var unit: String
    var color: Int
    /// In the order of the names; nil where there is no value.
    var bars: [Bar?]
  }

  var names: [String]
  var columns: [Column]
  var width = 440.0

  /// One panel a column: narrow pages stack them, so each has the names.
  var drawings: [Drawing] { columns.map(drawing) }

  private func drawing(_ column: Column) -> Drawing {
    let pitch = 19.0
    let top = 44.0
    let longest = names.map { Double(min(24, $0.terminalWidth)) }.max() ?? 0
    let left = min(170, 12 + 6.8 * longest)
    var canvas = Drawing(width: width, height: top + pitch * Double(names.count) + 24)
    let values = column.bars.compactMap { $0 }.flatMap { [$0.value, $0.value + ($0.error ?? 0)] }
    let x = Scale(.linear, Scale.fromZero(values), to: left...(width - 20))
    canvas.text(column.title, left, 14, "panel")
    canvas.text(column.unit, left, 32, "unit")
    let bottom = top + pitch * Double(names.count)
    for tick in x.ticks(4) {
      canvas.line(x(tick.value), top - 4, x(tick.value), bottom, "grid")
      canvas.text(tick.label, x(tick.value), bottom + 16, "tick", anchor: "middle")
    }
    for (index, name) in names.enumerated() {
      let y = top + pitch * Double(index)
      canvas.text(name.printable.shortened(to: 24), left - 6, y + 12, "", anchor: "end")
      guard let bar = column.bars[index] else { continue }
      let from = min(x(0), x(bar.value))
      canvas.rectangle(from, y + 3, abs(x(bar.value) - x(0)), 12, "bar f\(column.color)", title: bar.title)
      if let error = bar.error {
        canvas.line(x(bar.value - error), y + 9, x(bar.value + error), y + 9, "whisker")
      }
    }
    canvas.line(x(0), top - 4, x(0), bottom, "axis")
    return canvas
  }
}
