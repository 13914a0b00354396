internal import Checkpoint
internal import Regret

extension CheckpointReport {
  /// Rows of `/gradients` that the headline numbers are over; nil where that is all.
  var referenceMinibatches: Set<Int>? {
    guard let measures = audit.groups, let groups = description.groups else { return nil }
    let name = measures.groups[measures.reference].name
    return Set(groups.ids.indices.filter { groups.names[groups.ids[$0]] == name })
  }

  /// Groups up to this number have all their pairs listed.
  static let listedGroupLimit = 32
  /// Pairs of the largest, and of the smallest excess that are listed of more groups.
  static let listedPairLimit = 32

  /// The pairs of groups that JSON and CSV list: all, or of many groups those that stand out, in the order of the groups.
  var listedTransfers: [GroupTransfer] {
    guard let groups = audit.groups else { return [] }
    guard groups.groups.count > Self.listedGroupLimit, !listsAllTransfers else { return groups.pairs }
    let metric = TransferMetric(audit)
    let ranked = groups.pairs.indices
      .compactMap { index in metric(groups.pairs[index])?.excess.map { (index, $0.value) } }
      .filter { groups.pairs[$0.0].from != groups.pairs[$0.0].to }
      .sorted { ($1.1, $0.0) < ($0.1, $1.0) }.map(\.0)
    let kept = Set(ranked.prefix(Self.listedPairLimit) + ranked.suffix(Self.listedPairLimit))
    return groups.pairs.indices.filter { kept.contains($0) }.map { groups.pairs[$0] }
  }
}
