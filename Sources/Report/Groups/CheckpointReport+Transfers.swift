internal import Checkpoint
internal import Regret

extension CheckpointReport {
  /// Rows of `/gradients` that the headline numbers are over; nil where that is all.
  var referenceMinibatches: Set<Int>? {
    guard let measures = audit.groups, let groups = description.groups else { return nil }
    let place = groups.place(of: measures.groups[measures.reference].name)
    return Set(groups.ids.indices.filter { groups.ids[$0] == place })
  }

  /// Groups beyond the reference up to which models are compared by what carries over to them.
  private static let comparedGroupLimit = 4

  /// From the reference to each other group, by their paths in the JSON; none of many groups.
  private var comparedPairs: [(path: String, pair: GroupTransfer)] {
    guard let measures = audit.groups, measures.groups.count <= Self.comparedGroupLimit + 1 else { return [] }
    let from = measures.groups[measures.reference].name
    return measures.groups.indices.filter { $0 != measures.reference }.map { to in
      ("transfer.\(from).\(measures.groups[to].name).", measures.pair(measures.reference, to))
    }
  }

  /// What carries over in each ball, likewise.
  var comparedTransfers: [(path: String, measures: TransferMeasures)] {
    comparedPairs.flatMap { path, pair in
      Ball.allCases.filter { $0 != .estimate || audit.measures($0) != nil }.compactMap { ball in
        ball(pair).map { (path + ball.rawValue, $0) }
      }
    }
  }

  /// How much larger the loss of each other group is, likewise.
  var comparedLosses: [(path: String, excess: Estimate)] {
    comparedPairs.compactMap { path, pair in pair.lossExcess.map { (path + "loss_excess", $0) } }
  }

  /// Of two groups, what carries over from the reference to the other, as the file supports it.
  var carriedOver: (to: String, share: Estimate)? {
    guard let words = GroupWording(self), words.isPair else { return nil }
    let (from, to) = (words.measures.reference, 1 - words.measures.reference)
    return words.metric(words.measures.pair(from, to))?.transfer.map { (words.title(to), $0) }
  }

  /// Groups up to this number have all their pairs listed.
  static let listedGroupLimit = 32
  /// Pairs of the largest, and of the smallest excess that are listed of more groups.
  static let listedPairLimit = 32

  /// The pairs of groups that JSON and CSV list: all, or of many groups those that stand out, in the order of the groups.
  var listedTransfers: [GroupTransfer] {
    guard let groups = audit.groups else { return [] }
    guard groups.groups.count > Self.listedGroupLimit, !listsAllTransfers else { return groups.pairs }
    let metric = Ball(audit)
    let ranked = groups.pairs.indices
      .compactMap { index in metric(groups.pairs[index])?.excess.map { (index, $0.value) } }
      .filter { groups.pairs[$0.0].from != groups.pairs[$0.0].to }
      .sorted { ($1.1, $0.0) < ($0.1, $1.0) }.map(\.0)
    let kept = Set(ranked.prefix(Self.listedPairLimit) + ranked.suffix(Self.listedPairLimit))
    return groups.pairs.indices.filter { kept.contains($0) }.map { groups.pairs[$0] }
  }
}
