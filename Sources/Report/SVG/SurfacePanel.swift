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
  /// The heights that are told apart, the same for all panels that are to be compared.
  var scale: SurfaceScale
  var width = 360.0

  /// Each height is painted over the one below it, so that a picture has no seams; so many of them come to 85%.
  private static let opacity = 0.173

  var drawing: Drawing? {
    guard let second = grid.second, loss.contains(where: \.isFinite) else { return nil }
    let (left, top, side) = (52.0, 22.0, width - 72)
    var canvas = Drawing(width: width, height: top + side + 78)
    let x = Scale(.linear, grid.first.lower...grid.first.upper, to: left...(left + side))
    let y = Scale(.linear, second.lower...second.upper, to: top...(top + side), isFlipped: true)
    canvas.text(title, left, 14, "panel")
    canvas.rectangle(left, top, side, side, "cell")
    let contours = Contours(values: loss, columnCount: grid.first.count)
    let levels = scale.levels.dropFirst().dropLast()
    for level in levels {
      let polygons = contours.region(atOrAbove: level)
      canvas.shape(
        polygons.map { $0.map { (x(place($0.0, grid.first)), y(place($0.1, second))) } }, "f0", opacity: Self.opacity)
    }
    for level in levels {
      canvas.lines(
        contours.segments(at: level).map { segment in
          (
            (x(place(segment.from.0, grid.first)), y(place(segment.from.1, second))),
            (x(place(segment.to.0, grid.first)), y(place(segment.to.1, second)))
          )
        }, "contour")
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
    drawLegend(left, top + side + 46, &canvas)
    return canvas
  }

  private func place(_ index: Double, _ axis: GridAxis) -> Double { axis.lower + index * axis.spacing }

  private func drawAxes(
    _ x: Scale, _ y: Scale, _ left: Double, _ top: Double, _ side: Double, _ canvas: inout Drawing
  ) {
    for tick in x.ticks(5) { canvas.text(tick.label, x(tick.value), top + side + 15, "tick", anchor: "middle") }
    for tick in y.ticks(5) { canvas.text(tick.label, left - 6, y(tick.value) + 4, "tick", anchor: "end") }
    canvas.text("α along \(axisNames[0])", left + side / 2, top + side + 32, "unit", anchor: "middle")
    canvas.text("α along \(axisNames[1])", 12, top + side / 2, "unit", anchor: "middle", turn: true)
  }

  private func drawLegend(_ left: Double, _ top: Double, _ canvas: inout Drawing) {
    let part = 14.0
    let count = SurfaceScale.count
    canvas.rectangle(left, top, part * Double(count), 9, "cell")
    for level in 1..<count {
      canvas.rectangle(left + part * Double(level), top, part * Double(count - level), 9, "f0", opacity: Self.opacity)
    }
    let right = left + part * Double(count)
    canvas.text(NumberText.rounded(scale.levels[0], digits: 3), left, top + 22, "tick")
    canvas.text(NumberText.rounded(scale.levels[count], digits: 3), right, top + 22, "tick", anchor: "end")
    canvas.text(scale.isLogarithmic ? "nats, logarithm of the rise" : "nats", right + 8, top + 9, "unit")
  }
}
