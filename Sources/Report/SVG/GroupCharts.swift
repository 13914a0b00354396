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
    let map = GroupMap(words: words, places: GroupOrder.places(measures, metric)).map
    return Chart(
      name: .groups, title: "Groups of minibatches, \(at)", alternative: words.sentences,
      caption:
        "The mean cosine between a minibatch of one group and one of another, in the \(metric.name): 1 where they agree on "
        + "the best direction, 0 where they have nothing to do with each other, below 0 where they pull against each "
        + "other. Groups that agree stand together. Pointing at a cell tells what is lost more than within the group "
        + "that chooses.",
      panels: [.cells(map)])
  }
}

/// The cosines from each group to each.
struct GroupMap {
  let words: GroupWording
  /// Groups in the order in which they stand.
  let places: [Int]

  /// Groups beyond which names would lie over each other.
  private static let nameLimit = 40

  var map: CellMap {
    let pairs = places.flatMap { from in places.map { (from, $0, words.metric(words.measures.pair(from, $0))) } }
    let values = pairs.map { $0.2?.cosine.value }
    return CellMap(
      unit: "from ↓  to →", names: places.map { words.measures.groups[$0].name.printable.shortened(to: 24) },
      values: values, notes: pairs.map { pair in pair.2.map { note($0, pair.0, pair.1) } ?? "" },
      isNamed: places.count <= Self.nameLimit, width: min(560, 260 + 60 * Double(places.count)),
      limit: CellMap.limit(values, count: places.count, isWhole: true))
  }

  private func note(_ found: TransferMeasures, _ from: Int, _ to: Int) -> String {
    var text = "\(words.title(from)) → \(words.title(to)): cosine \(found.cosine.text)"
    if from != to, let excess = found.excess { text += ", excess \(excess.text) \(words.metric.unit)" }
    if from != to, let transfer = found.transfer { text += ", \(transfer.percentText) carried over" }
    return text
  }
}
