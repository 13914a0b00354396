/// Values between −1 and 1 with their intervals, a row each, and a hollow mark beside each for a second value.
struct IntervalChart {
  struct Row {
    var name: String
    var value: Double
    var interval: (lower: Double, upper: Double)?
    /// Shown as a hollow mark.
    var second: Double?
    /// Whether the row stands out.
    var isMarked = false
    var title: String
  }

  var rows: [Row]
  var xLabel: String
  var width = 640.0

  private static let rowHeight = 19.0

  var drawing: Drawing? {
    guard !rows.isEmpty else { return nil }
    let left = 14 + 7.4 * Double(rows.map { $0.name.terminalWidth }.max() ?? 0)
    let (top, bottom) = (12.0, 12 + Self.rowHeight * Double(rows.count))
    var canvas = Drawing(width: width, height: bottom + 42)
    let x = Scale(.linear, -1...1, to: left...(width - 16))
    for tick in x.ticks(8) {
      canvas.line(x(tick.value), top, x(tick.value), bottom, tick.value == 0 ? "axis" : "grid")
      canvas.text(tick.label, x(tick.value), bottom + 15, "tick", anchor: "middle")
    }
    canvas.text(xLabel, (left + width - 16) / 2, bottom + 34, "unit", anchor: "middle")
    for (index, row) in rows.enumerated() {
      let y = top + Self.rowHeight * (Double(index) + 0.5)
      canvas.text(row.name, left - 8, y + 4, row.isMarked ? "panel" : "", anchor: "end")
      if let interval = row.interval { canvas.line(x(interval.lower), y, x(interval.upper), y, "whisker") }
      canvas.dot(x(row.value), y, 4, row.isMarked ? "spot f0" : "spot f7", title: row.title)
      if let second = row.second { canvas.dot(x(second), y, 3.5, "hollow", title: row.title) }
    }
    return canvas
  }
}
