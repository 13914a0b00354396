internal import Checkpoint
internal import Landscape

/// Losses along a line: the mean thick, single minibatches thin, a dot where each is smallest.
struct CurvePanel {
  var title: String
  var surface: LossSurface
  var summary: SurfaceSummary?
  /// Groups whose mean losses are drawn in place of that of all.
  var groups: MinibatchGroups?
  var width = 440.0
  var height = 300.0

  /// More lines than this hide each other.
  private static let mostLines = 48
  /// The same of groups, and their colours: that of single minibatches is not among them.
  private static let mostGroups = 6
  private static let colors = [0, 2, 3, 4, 6, 7]

  var drawing: Drawing? {
    let finite = (surface.minibatchLosses + [surface.meanLoss]).joined().filter(\.isFinite)
    guard !finite.isEmpty, surface.grid.second == nil else { return nil }
    let axis = surface.grid.first
    let (left, top, bottom) = (58.0, 24.0, height - 42)
    var canvas = Drawing(width: width, height: height)
    let x = Scale(.linear, axis.lower...axis.upper, to: left...(width - 16))
    let y = Scale(.linear, Scale.fromZero(finite), to: top...bottom, isFlipped: true)
    canvas.text(title, left, 14, "panel")
    for tick in y.ticks(5) {
      canvas.line(left, y(tick.value), width - 16, y(tick.value), "grid")
      canvas.text(tick.label, left - 6, y(tick.value) + 4, "tick", anchor: "end")
    }
    for tick in x.ticks(6) { canvas.text(tick.label, x(tick.value), bottom + 15, "tick", anchor: "middle") }
    canvas.text("α along \(surface.axisNames[0])", (left + width - 16) / 2, bottom + 32, "unit", anchor: "middle")
    canvas.text("loss [nats]", 12, (top + bottom) / 2, "unit", anchor: "middle", turn: true)
    if surface.grid.center != nil { canvas.line(x(0), top, x(0), bottom, "mark") }

    func points(_ loss: [Double]) -> [(Double, Double)?] {
      loss.enumerated().map { $0.element.isFinite ? (x(axis[$0.offset]), y($0.element)) : nil }
    }
    let stride = max(1, (surface.minibatchCount + Self.mostLines - 1) / Self.mostLines)
    for index in Swift.stride(from: 0, to: surface.minibatchCount, by: stride) {
      canvas.path(points(surface.minibatchLosses[index]), "thin s1")
      if let minimum = summary?.minibatchMinima[index] {
        canvas.dot(
          x(minimum.coordinates[0]), y(minimum.loss), 2.5, "spot f1",
          title: "minibatch \(index): least loss \(NumberText.rounded(minimum.loss)) nats at "
            + NumberText.rounded(minimum.coordinates[0], digits: 3))
      }
    }
    guard let groups else {
      canvas.path(points(surface.meanLoss), "line s0")
      return canvas
    }
    for (index, (name, members)) in zip(groups.names, groups.members).prefix(Self.mostGroups).enumerated() {
      let style = "s\(Self.colors[index]) \(index == 0 ? "" : "dashed")"
      canvas.path(points(surface.selecting(members).meanLoss), "line " + style)
      let level = top + 8 + 15 * Double(index)
      canvas.line(width - 130, level, width - 108, level, "line " + style)
      canvas.text(name.printable.shortened(to: 14), width - 102, level + 4, "tick")
    }
    return canvas
  }
}
