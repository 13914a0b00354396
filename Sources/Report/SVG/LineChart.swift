internal import Regret

/// Lines with error bands over a common axis, with a legend where there is more than one.
struct LineChart {
  struct Point {
    var x: Double
    var y: Double
    /// The ends of its interval, the upper one infinite where it is open.
    var interval: (low: Double, high: Double)?
    /// What is shown when it is pointed at.
    var title = ""
    /// What is told of it beside the pattern.
    var note = ""
    /// Whether it was measured in another way than the others: drawn hollow.
    var isMarked = false
  }

  struct Series {
    var name: String
    var points: [Point?]
    /// Which colour of the palette.
    var color: Int
    /// A class that dashes the line.
    var dash = ""
  }

  var series: [Series]
  /// Written above the panel.
  var title = ""
  var xLabel: String
  var yLabel: String
  var xKind = Scale.Kind.linear
  var yKind = Scale.Kind.linear
  var isFromZero = true
  /// What is told of each point, where it follows from its numbers: {n} is the series, {x} and {y} are the numbers, {c} is y
  /// as a count, {t} y with its interval, {s} x as a count, {a} and {e} are the ends of its bin.
  var pattern: String?
  /// Where points are counts of bins, twice a bin, at both its edges.
  var bins: HistogramBins?
  /// Whether points are drawn as dots; what they say when pointed at is there either way.
  var hasDots = true
  /// Whether those that are not drawn can be pointed at all the same.
  var hasUnseenDots = true
  /// A place on the horizontal axis that is marked, with its name.
  var mark: (Double, String)?
  /// The same on the vertical axis.
  var level: (Double, String)?
  var width = 440.0
  var height = 280.0

  /// How far intervals that know next to nothing stretch a logarithmic axis beyond the points.
  private static let largestReach = 1e3

  /// The panel; nil where there is no point.
  var panel: Panel? { drawing == nil ? nil : .line(self) }

  var drawing: Drawing? {
    let points = series.flatMap { $0.points.compactMap { $0 } }
      .filter { yKind != .logarithmic || $0.y > 0 }
    guard let low = points.map(\.x).min(), let high = points.map(\.x).max() else { return nil }
    var canvas = Drawing(width: width, height: height)
    let hasLegend = series.count > 1
    let legend = hasLegend ? legendRows() : []
    let top = (title.isEmpty ? 22.0 : 38.0) + 18 * Double(legend.count)
    let left = 58.0
    let bottom = height - 42
    let ys = points.flatMap { [$0.y, $0.interval?.low ?? $0.y, $0.interval?.high ?? $0.y] }.filter(\.isFinite)
    let domain: ClosedRange<Double>
    if yKind == .logarithmic {
      let values = points.map(\.y).filter(\.isFinite)
      let reach = (values.min() ?? 1) / Self.largestReach...(values.max() ?? 1) * Self.largestReach
      let shown = ys.filter(reach.contains) + (level.map { [$0.0] } ?? []).filter { $0 > 0 }
      domain = (shown.min() ?? 1)...(shown.max() ?? 1)
    } else {
      domain = isFromZero ? Scale.fromZero(ys) : Scale.around(ys)
    }
    let y = Scale(yKind, domain, to: top...bottom, isFlipped: true)
    let x = Scale(xKind, low < high ? low...high : Scale.around([low]), to: left...(width - 16))

    if !title.isEmpty { canvas.text(title, left, 14, "panel") }
    for (row, entries) in legend.enumerated() {
      for (entry, at) in entries {
        let level = (title.isEmpty ? 10.0 : 28.0) + 18 * Double(row)
        canvas.line(at, level, at + 22, level, "line s\(entry.color) \(entry.dash)")
        canvas.text(entry.name.shortened(to: 40), at + 28, level + 4)
      }
    }
    canvas.text(yLabel, left, top - 8, "unit")
    for tick in y.ticks(5) {
      canvas.line(left, y(tick.value), width - 16, y(tick.value), "grid")
      canvas.text(tick.label, left - 6, y(tick.value) + 4, "tick", anchor: "end")
    }
    for tick in x.ticks(5) {
      canvas.line(x(tick.value), bottom, x(tick.value), bottom + 4, "axis")
      canvas.text(tick.label, x(tick.value), bottom + 17, "tick", anchor: "middle")
    }
    canvas.line(left, bottom, width - 16, bottom, "axis")
    canvas.text(xLabel, (left + width - 16) / 2, height - 6, "unit", anchor: "middle")
    if let mark {
      canvas.line(x(mark.0), top, x(mark.0), bottom, "mark")
      let isRight = x(mark.0) > (left + width) / 2
      canvas.text(mark.1, x(mark.0) + (isRight ? -5 : 5), top + 12, "unit", anchor: isRight ? "end" : "start")
    }
    if let level {
      canvas.line(left, y(level.0), width - 16, y(level.0), "mark")
      canvas.text(level.1, width - 20, y(level.0) + (y(level.0) > top + 20 ? -5 : 14), "unit", anchor: "end")
    }
    for line in series { draw(line, x, y, &canvas) }
    return canvas
  }

  /// What is told of `point` of `series`, the `place`-th.
  private func told(_ point: Point, _ series: Series, _ place: Int) -> String {
    guard let pattern else { return point.title }
    let ends = bins.map { bins in [0, 1].map { bins.start + Double(place / 2 + $0) * bins.width } } ?? [0, 0]
    let texts = [
      "{n}": series.name, "{x}": NumberText.shortest(point.x), "{y}": NumberText.rounded(point.y),
      "{c}": NumberText.count(point.y), "{a}": NumberText.rounded(ends[0], digits: 3),
      "{e}": NumberText.rounded(ends[1], digits: 3), "{s}": NumberText.count(point.x),
      "{t}": Estimate(
        value: point.y, standardError: nil,
        interval: point.interval.map { .init(low: $0.low, high: $0.high.isFinite ? $0.high : nil) }
      ).text,
    ]
    return texts.reduce(pattern) { $0.replacing($1.key, with: $1.value) } + point.note
  }

  private func draw(_ line: Series, _ x: Scale, _ y: Scale, _ canvas: inout Drawing) {
    let points = line.points.compactMap { $0 }.filter { yKind != .logarithmic || $0.y > 0 }
    let ends = points.compactMap { point in point.interval.map { (at: x(point.x), low: y($0.low), high: y($0.high)) } }
    if ends.count == points.count && points.count > 1 {
      canvas.area(ends.map { ($0.at, $0.high) } + ends.reversed().map { ($0.at, $0.low) }, "band f\(line.color)")
    } else {
      for end in ends { canvas.line(end.at, end.low, end.at, end.high, "whisker") }
    }
    canvas.path(line.points.map { $0.map { (x($0.x), y($0.y)) } }, "line s\(line.color) \(line.dash)")
    // Beyond some dozens, dots hide the line; what they say is still there for whoever points at it.
    let isCrowded = !hasDots || points.count > 60
    for (place, point) in line.points.enumerated() {
      guard let point, yKind != .logarithmic || point.y > 0 else { continue }
      guard hasUnseenDots || !isCrowded || point.isMarked else { continue }
      let style = point.isMarked ? "ring s\(line.color)" : isCrowded ? "unseen" : "dot f\(line.color)"
      canvas.dot(x(point.x), y(point.y), isCrowded && !point.isMarked ? 2 : 3, style, title: told(point, line, place))
    }
  }

  /// Entries with their horizontal places, row after row.
  private func legendRows() -> [[(Series, Double)]] {
    var rows: [[(Series, Double)]] = [[]]
    var at = 58.0
    for entry in series {
      let length = 28 + 7.4 * Double(min(40, entry.name.terminalWidth)) + 16
      if at + length > width && !rows[rows.count - 1].isEmpty {
        rows.append([])
        at = 58
      }
      rows[rows.count - 1].append((entry, at))
      at += length
    }
    return rows
  }
}
