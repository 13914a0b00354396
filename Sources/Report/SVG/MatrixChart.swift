internal import Regret

/// A square of cells: blue above 0, orange below, the stronger the further from it.
struct MatrixChart {
  var title: String
  var matrix: PairMatrix
  var width = 440.0

  /// Cells a side at most; larger matrices are shown as means over blocks.
  private static let largest = 64

  var drawing: Drawing? {
    let count = matrix.count
    guard count > 1 else { return nil }
    let cells = min(count, Self.largest)
    let left = 44.0
    let top = 42.0
    let side = width - left - 20
    let cell = side / Double(cells)
    var canvas = Drawing(width: width, height: top + side + 62)
    canvas.text(title, left, 14, "panel")
    canvas.text("minibatch", left, 32, "unit")
    canvas.rectangle(left, top, side, side, "cell")
    func rows(_ block: Int) -> Range<Int> { (block * count / cells)..<((block + 1) * count / cells) }
    func name(_ range: Range<Int>) -> String {
      let first = matrix.minibatches[range.lowerBound]
      return range.count == 1 ? "\(first)" : "\(first)–\(matrix.minibatches[range.upperBound - 1])"
    }
    for row in 0..<cells {
      for column in 0..<cells {
        var sum = 0.0
        var number = 0
        for i in rows(row) {
          for j in rows(column) where i != j {
            sum += matrix[i, j]
            number += 1
          }
        }
        guard number > 0 else { continue }
        let value = sum / Double(number)
        canvas.rectangle(
          left + cell * Double(column), top + cell * Double(row), cell + 0.2, cell + 0.2, value < 0 ? "f1" : "f0",
          title: "\(name(rows(row))), \(name(rows(column))): \(NumberText.rounded(value, digits: 3))",
          opacity: min(1, abs(value)))
      }
    }
    let places = stride(from: 0, to: cells, by: max(1, (cells + 7) / 8))
    for place in places {
      let at = cell * (Double(place) + 0.5)
      let label = "\(matrix.minibatches[rows(place).lowerBound])"
      canvas.text(label, left + at, top + side + 15, "tick", anchor: "middle")
      canvas.text(label, left - 6, top + at + 4, "tick", anchor: "end")
    }
    CosineLegend.draw(on: &canvas, left, top + side + 28, side, limit: 1)
    return canvas
  }

}

/// What colours of cosines mean.
enum CosineLegend {
  /// A bar of the colours from −`limit` to `limit`.
  static func draw(on canvas: inout Drawing, _ left: Double, _ top: Double, _ side: Double, limit: Double) {
    let steps = 20
    let part = min(side, 240) / Double(steps)
    for step in 0..<steps {
      let value = -1 + 2 * (Double(step) + 0.5) / Double(steps)
      canvas.rectangle(
        left + part * Double(step), top, part + 0.2, 10, value < 0 ? "f1" : "f0", opacity: abs(value))
    }
    let end = NumberText.shortest(limit)
    for (value, label) in [(-1.0, "−" + end), (0, "0"), (1, end)] {
      canvas.text(label, left + part * Double(steps) * (value + 1) / 2, top + 24, "tick", anchor: "middle")
    }
    canvas.text("cosine", left + part * Double(steps) + 14, top + 10, "unit")
  }
}
