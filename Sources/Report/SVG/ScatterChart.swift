/// Dots at pairs of values.
struct ScatterChart {
  struct Point {
    var x: Double
    var y: Double
    var title: String
  }

  var points: [Point]
  var title: String
  var xLabel: String
  var yLabel: String
  var width = 440.0
  var height = 300.0

  /// The panel; nil below two dots.
  var drawing: Drawing? {
    guard points.count > 1 else { return nil }
    var canvas = Drawing(width: width, height: height)
    let (left, top, right, bottom) = (62.0, 42.0, width - 16, height - 42)
    let x = horizontal(to: left...right)
    let y = Scale(.linear, Scale.around(points.map(\.y)), to: top...bottom, isFlipped: true)
    canvas.text(title, left, 14, "panel")
    canvas.text(yLabel, left, 32, "unit")
    for tick in y.ticks(5) {
      canvas.line(left, y(tick.value), right, y(tick.value), "grid")
      canvas.text(tick.label, left - 6, y(tick.value) + 4, "tick", anchor: "end")
    }
    for tick in x.ticks(5) {
      canvas.line(x(tick.value), bottom, x(tick.value), bottom + 4, "axis")
      canvas.text(tick.label, x(tick.value), bottom + 17, "tick", anchor: "middle")
    }
    canvas.line(left, bottom, right, bottom, "axis")
    canvas.text(xLabel, (left + right) / 2, height - 6, "unit", anchor: "middle")
    for point in points { canvas.dot(x(point.x), y(point.y), 4, "dot see-through f0", title: point.title) }
    return canvas
  }

  /// Logarithmic where a few large values would push all others to one side.
  private func horizontal(to range: ClosedRange<Double>) -> Scale {
    let values = points.map(\.x)
    if let low = values.min(), let high = values.max(), low > 0, high > 50 * low {
      return Scale(.logarithmic, (low / 1.3)...(high * 1.3), to: range)
    }
    return Scale(.linear, Scale.around(values), to: range)
  }
}
