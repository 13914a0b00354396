internal import Checkpoint
internal import Regret

/// Figures about groups of minibatches.
struct GroupCharts {
  let words: GroupWording
  let at: String

  init?(_ checkpoint: CheckpointReport) {
    guard let words = GroupWording(checkpoint) else { return nil }
    self.words = words
    at = "step \(NumberText.count(checkpoint.description.step))"
  }

  /// Cosines from group to group.
  var map: Chart? {
    let (measures, metric) = (words.measures, words.metric)
    guard let drawing = GroupMap(words: words, places: GroupOrder.places(measures, metric)).drawing else { return nil }
    return Chart(
      name: .groups, title: "Groups of minibatches, \(at)", alternative: words.sentences,
      caption:
        "The mean cosine between a minibatch of one group and one of another, in the \(metric.name): 1 where they agree on "
        + "the best direction, 0 where they have nothing to do with each other, below 0 where they pull against each "
        + "other. Groups that agree stand together. Pointing at a cell tells what is lost more than within the group "
        + "that chooses. \(words.sentences)",
      panels: [drawing])
  }
}

/// A square of cells, a group a side: blue above 0, orange below.
struct GroupMap {
  let words: GroupWording
  /// Groups in the order in which they stand.
  let places: [Int]
  var width = 560.0

  /// Groups beyond which names would lie over each other.
  private static let nameLimit = 40

  var drawing: Drawing? {
    let count = places.count
    guard count > 1 else { return nil }
    let names = places.map { words.measures.groups[$0].name.printable.shortened(to: 24) }
    let isNamed = count <= Self.nameLimit
    let left = isNamed ? 16 + 6.8 * Double(names.map(\.terminalWidth).max() ?? 0) : 20
    let top = isNamed ? left : 20
    let side = max(120, width - left - 16)
    let cell = side / Double(count)
    var canvas = Drawing(width: width, height: top + side + 52)
    canvas.rectangle(left, top, side, side, "cell")
    let limit = limit
    for (row, from) in places.enumerated() {
      for (column, to) in places.enumerated() {
        guard let found = words.metric(words.measures.pair(from, to)) else { continue }
        let (x, y) = (left + cell * Double(column), top + cell * Double(row))
        let value = found.cosine.value
        canvas.rectangle(
          x, y, cell + 0.2, cell + 0.2, value < 0 ? "f1" : "f0", title: title(found, from, to),
          opacity: min(1, abs(value) / limit))
        if cell >= 34 {
          canvas.text(
            NumberText.fixed(value, decimals: 2), x + cell / 2, y + cell / 2 + 4,
            abs(value) > 0.6 * limit ? "inverse" : "",
            anchor: "middle")
        }
      }
      guard isNamed else { continue }
      let middle = cell * (Double(row) + 0.5)
      canvas.text(names[row], left - 8, top + middle + 4, "tick", anchor: "end")
      canvas.text(names[row], left + middle + 4, top - 8, "tick", turn: true)
    }
    canvas.text("from ↓  to →", left - 8, top - 8, "unit", anchor: "end")
    CosineLegend.draw(on: &canvas, left, top + side + 14, side, limit: limit)
    return canvas
  }

  /// The cosine of the strongest colour: the largest one there is, to one digit upwards, as cosines are small where
  /// minibatches are noisy.
  private var limit: Double {
    let largest = words.measures.pairs.compactMap { words.metric($0).map { abs($0.cosine.value) } }.max() ?? 1
    return [0.01, 0.02, 0.05, 0.1, 0.2, 0.5].first { largest <= $0 } ?? 1
  }

  private func title(_ found: TransferMeasures, _ from: Int, _ to: Int) -> String {
    var text = "\(words.title(from)) → \(words.title(to)): cosine \(found.cosine.text)"
    if from != to, let excess = found.excess { text += ", excess \(excess.text) \(words.metric.unit)" }
    if from != to, let transfer = found.transfer {
      text += ", \(transfer.percentText) carried over"
    }
    return text
  }
}
