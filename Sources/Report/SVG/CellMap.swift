/// A square of cosines, a row and a column for each of some things in the same order: blue above 0, orange below, the
/// stronger the further from it.
struct CellMap {
  /// Neighbouring rows that belong together.
  struct Span {
    var name: String
    var rows: Range<Int>
  }

  var title = ""
  /// What rows and columns are.
  var unit: String
  /// One a row: what it is called where a cell is pointed at, and beside the map where ``isNamed``.
  var names: [String]
  /// Row by row; nil where there is none.
  var values: [Double?]
  /// What is told of each cell beside its value; empty for nothing.
  var notes: [String] = []
  var isNamed = false
  var spans: [Span] = []
  var width = 440.0

  var count: Int { names.count }

  /// The cosine of the strongest colour: the largest off the diagonal, or of all where `isWhole`, to one digit upwards,
  /// as cosines are small where minibatches are noisy.
  static func limit(_ values: [Double?], count: Int, isWhole: Bool = false) -> Double {
    let shown = values.indices.filter { isWhole || $0 / count != $0 % count }.compactMap { values[$0] }
    let largest = shown.map(abs).filter(\.isFinite).max() ?? 1
    return [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5].first { largest <= $0 } ?? 1
  }

  var limit = 1.0

  /// Strengths that are told apart.
  static let levels = 24

  /// The level of `value` among the strengths from 0 to ``levels``.
  func level(of value: Double) -> Int {
    Int((min(1, max(-1, value / limit)) * Double(Self.levels)).rounded())
  }

  private func level(_ row: Int, _ column: Int) -> Int? {
    guard let value = values[row * count + column], value.isFinite else { return nil }
    return level(of: value)
  }

  /// Room for names, or for numbers and brackets of spans.
  private var left: Double {
    isNamed ? 16 + 7.4 * Double(names.map(\.terminalWidth).max() ?? 0) : spans.count > 1 ? 62 : 44
  }

  private var top: Double { isNamed ? left : 42 + (spans.count > 1 ? 14 : 0) }

  var drawing: Drawing {
    let side = max(120, width - left - 20)
    let cell = side / Double(max(1, count))
    var canvas = Drawing(width: width, height: top + side + (isNamed ? 52 : 66))
    if !title.isEmpty { canvas.text(title, isNamed ? 12 : left, 14, "panel") }
    if !isNamed { canvas.text(unit, left, 32, "unit") }
    canvas.rectangle(left, top, side, side, "cell")
    drawCells(cell, &canvas)
    drawSpans(cell, side, &canvas)
    if isNamed {
      for (row, name) in names.enumerated() {
        let middle = cell * (Double(row) + 0.5)
        canvas.text(name, left - 8, top + middle + 4, "tick", anchor: "end")
        canvas.text(name, left + middle + 4, top - 8, "tick", turn: true)
      }
      canvas.text(unit, left - 8, top - 8, "unit", anchor: "end")
    } else {
      for place in stride(from: 0, to: count, by: max(1, (count + 7) / 8)) {
        let at = cell * (Double(place) + 0.5)
        canvas.text(names[place], left + at, top + side + 15, "tick", anchor: "middle")
        if spans.count <= 1 { canvas.text(names[place], left - 6, top + at + 4, "tick", anchor: "end") }
      }
    }
    CosineLegend.draw(on: &canvas, left, top + side + (isNamed ? 14 : 28), side, limit: limit)
    return canvas
  }

  /// One path a strength: thousands of rectangles would make a page of megabytes.
  private func drawCells(_ cell: Double, _ canvas: inout Drawing) {
    var rows: [Int: [(row: Int, columns: Range<Int>)]] = [:]
    for row in 0..<count {
      var start = 0
      while start < count {
        let level = level(row, start)
        var end = start + 1
        while end < count, self.level(row, end) == level { end += 1 }
        if let level, level != 0 { rows[level, default: []].append((row, start..<end)) }
        start = end
      }
    }
    for (level, runs) in rows.sorted(by: { $0.key < $1.key }) {
      canvas.boxes(
        runs.map { run in
          (
            left + cell * Double(run.columns.lowerBound), top + cell * Double(run.row),
            cell * Double(run.columns.count),
            cell
          )
        }, level < 0 ? "f1" : "f0", opacity: Double(abs(level)) / Double(Self.levels))
    }
    guard cell >= 34 else { return }
    for (index, value) in values.enumerated() {
      guard let value, value.isFinite else { continue }
      canvas.text(
        NumberText.fixed(value, decimals: 2), left + cell * (Double(index % count) + 0.5),
        top + cell * (Double(index / count) + 0.5) + 4, abs(value) > 0.6 * limit ? "inverse" : "", anchor: "middle")
    }
  }

  private func drawSpans(_ cell: Double, _ side: Double, _ canvas: inout Drawing) {
    guard spans.count > 1 else { return }
    for span in spans {
      let (start, end) = (cell * Double(span.rows.lowerBound), cell * Double(span.rows.upperBound))
      if span.rows.lowerBound > 0 {
        canvas.line(left + start, top, left + start, top + side, "border")
        canvas.line(left, top + start, left + side, top + start, "border")
      }
      let columns = Int((end - start) / 7.4)
      guard columns >= 3 else { continue }
      let name = span.name.shortened(to: columns)
      canvas.text(name, left + (start + end) / 2, top - 6, "tick", anchor: "middle")
      canvas.text(name, left - 8, top + (start + end) / 2, "tick", anchor: "middle", turn: true)
    }
  }
}

/// What colours of cosines mean.
enum CosineLegend {
  /// A bar of the colours from −`limit` to `limit`.
  static func draw(on canvas: inout Drawing, _ left: Double, _ top: Double, _ side: Double, limit: Double) {
    let steps = 20
    // Room for the word beside it.
    let part = min(side - 64, 240) / Double(steps)
    for step in 0..<steps {
      let value = -1 + 2 * (Double(step) + 0.5) / Double(steps)
      canvas.rectangle(
        left + part * Double(step), top, part + 0.2, 10, value < 0 ? "f1" : "f0", opacity: abs(value))
    }
    let end = NumberText.shortest(limit)
    for (value, label) in [(-1.0, "−" + end), (0, "0"), (1, end)] {
      canvas.text(label, left + part * Double(steps) * (value + 1) / 2, top + 24, "tick", anchor: "middle")
    }
    canvas.text("cosine", left + part * Double(steps) + 18, top + 10, "unit")
  }
}
