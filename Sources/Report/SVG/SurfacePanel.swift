internal import Landscape

/// A loss over a plane: darker where it is higher, contour lines, and marks such as minima.
struct SurfacePanel {
  var title: String
  var grid: SliceGrid
  /// Loss at every point [nats].
  var loss: [Double]
  var axisNames: [String]
  /// Places that are marked, and what they are.
  var marks: [(coordinates: [Double], title: String)] = []
  var width = 360.0

  /// Heights that are told apart. Their squares' roots are evenly spaced, so a round bowl has evenly spaced lines.
  private static let levelCount = 10

  var drawing: Drawing? {
    guard let second = grid.second else { return nil }
    let finite = loss.filter(\.isFinite)
    guard let low = finite.min(), let high = finite.max(), high > low else { return nil }
    let (left, top, side) = (52.0, 22.0, width - 72)
    var canvas = Drawing(width: width, height: top + side + 78)
    let x = Scale(.linear, grid.first.lower...grid.first.upper, to: left...(left + side))
    let y = Scale(.linear, second.lower...second.upper, to: top...(top + side), isFlipped: true)
    canvas.text(title, left, 14, "panel")
    canvas.rectangle(left, top, side, side, "cell")

    let levels = (0...Self.levelCount).map { level in
      let share = Double(level) / Double(Self.levelCount)
      // Not low + s²·(high − low): the width of the largest losses is no number.
      return low * (1 - share * share) + high * share * share
    }
    drawCells(second, levels, x, y, &canvas)
    for level in levels.dropFirst().dropLast() {
      for segment in Contours(values: loss, columnCount: grid.first.count).segments(at: level) {
        canvas.line(
          x(place(segment.from.0, grid.first)), y(place(segment.from.1, second)), x(place(segment.to.0, grid.first)),
          y(place(segment.to.1, second)), "contour")
      }
    }
    for mark in marks {
      canvas.dot(x(mark.coordinates[0]), y(mark.coordinates[1]), 3.5, "spot f1", title: mark.title)
    }
    if grid.center != nil {
      let (atX, atY) = (x(0), y(0))
      canvas.line(atX - 6, atY, atX + 6, atY, "whisker")
      canvas.line(atX, atY - 6, atX, atY + 6, "whisker")
    }
    drawAxes(x, y, left, top, side, &canvas)
    drawLegend(low, high, left, top + side + 46, &canvas)
    return canvas
  }

  private func place(_ index: Double, _ axis: GridAxis) -> Double { axis.lower + index * axis.spacing }

  /// One rectangle for neighbouring places of a row that have the same level. A place's cell reaches halfway to its
  /// neighbours, so those at the edge are cut.
  private func drawCells(_ second: GridAxis, _ levels: [Double], _ x: Scale, _ y: Scale, _ canvas: inout Drawing) {
    let columns = grid.first.count
    for row in 0..<second.count {
      let (top, bottom) = (y(place(Double(row) + 0.5, second)), y(place(Double(row) - 0.5, second)))
      var start = 0
      while start < columns {
        let level = level(of: loss[row * columns + start], in: levels)
        var end = start + 1
        while end < columns, self.level(of: loss[row * columns + end], in: levels) == level { end += 1 }
        if let level, level > 0 {
          let (left, right) = (x(place(Double(start) - 0.5, grid.first)), x(place(Double(end) - 0.5, grid.first)))
          let upper = level + 1 < levels.count ? "–\(NumberText.rounded(levels[level + 1]))" : ""
          canvas.rectangle(
            left, top, right - left + 0.3, bottom - top + 0.3, "f0",
            title: "loss \(NumberText.rounded(levels[level]))\(upper) nats",
            opacity: 0.85 * Double(level) / Double(Self.levelCount))
        }
        start = end
      }
    }
  }

  private func level(of value: Double, in levels: [Double]) -> Int? {
    value.isFinite ? levels.lastIndex { $0 <= value } : nil
  }

  private func drawAxes(
    _ x: Scale, _ y: Scale, _ left: Double, _ top: Double, _ side: Double, _ canvas: inout Drawing
  ) {
    for tick in x.ticks(5) { canvas.text(tick.label, x(tick.value), top + side + 15, "tick", anchor: "middle") }
    for tick in y.ticks(5) { canvas.text(tick.label, left - 6, y(tick.value) + 4, "tick", anchor: "end") }
    canvas.text(axisNames[0], left + side / 2, top + side + 32, "unit", anchor: "middle")
    canvas.text(axisNames[1], 12, top + side / 2, "unit", anchor: "middle", turn: true)
  }

  private func drawLegend(_ low: Double, _ high: Double, _ left: Double, _ top: Double, _ canvas: inout Drawing) {
    let part = 12.0
    for level in 0...Self.levelCount {
      canvas.rectangle(
        left + part * Double(level), top, part + 0.3, 9, "f0", opacity: 0.85 * Double(level) / Double(Self.levelCount))
    }
    let right = left + part * Double(Self.levelCount + 1)
    canvas.text(NumberText.rounded(low, digits: 3), left, top + 22, "tick")
    canvas.text(NumberText.rounded(high, digits: 3), right, top + 22, "tick", anchor: "end")
    canvas.text("nats", right + 8, top + 9, "unit")
  }
}
