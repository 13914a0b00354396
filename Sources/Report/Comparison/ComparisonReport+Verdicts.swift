internal import Checkpoint
internal import Comparison
internal import Regret

extension ComparisonReport {
  /// Why the values of the measure at `path` can't be compared, so that no verdict is given on them; nil where they can.
  public func incomparable(_ path: String) -> String? { comparability.reason(path) }

  /// The ranking by the main measure; nil where its values can't be compared.
  var ranking: Ranking? { incomparable(mainMeasure) == nil ? anyRanking : nil }

  /// The same whether or not they can be.
  var anyRanking: Ranking {
    Ranking(of: runs, by: mainMeasure) { pairedDifference($0, less: $1, in: mainMeasure) }
  }

  /// The difference of two members, one of which is the first, taken minibatch by minibatch; nil where that can't be.
  func pairedDifference(_ place: Int, less other: Int, in path: String) -> Estimate? {
    guard place != other, let measure = PairedMeasure(rawValue: path),
      isPaired(members[place].checkpoint, members[other].checkpoint)
    else { return nil }
    let rows = members[place].checkpoint.referenceMinibatches
    return members[place].checkpoint.audit.difference(from: members[other].checkpoint.audit, in: measure, rows: rows)
  }

  /// Whether two were captured on the same minibatches, as far as their files tell: by the hashes where both have them,
  /// else as many of the same sizes and groups.
  func isPaired(_ one: CheckpointReport, _ other: CheckpointReport) -> Bool {
    if let hashes = one.description.batchHashes, let others = other.description.batchHashes, hashes != others {
      return false
    }
    return one.description.batchSizes == other.description.batchSizes
      && one.description.groups == other.description.groups && one.referenceMinibatches == other.referenceMinibatches
  }

  /// Whether two were captured on the same minibatches in different orders.
  func isReordered(_ one: CheckpointReport, _ other: CheckpointReport) -> Bool {
    guard let hashes = one.description.batchHashes, let others = other.description.batchHashes else { return false }
    return hashes != others && hashes.sorted() == others.sorted()
  }

  /// Measures of the report without a verdict, with the reason, in the order of the table.
  var incomparableMeasures: [(measure: String, reason: String)] {
    var seen: Set<String> = []
    return runs.flatMap(\.measures).map(\.name).filter { seen.insert($0).inserted }.compactMap { name in
      incomparable(name).map { (name, $0) }
    }
  }

  /// What is said where a verdict on them would stand; nil where all can be compared.
  var incomparableNote: String? {
    let measures = incomparableMeasures
    guard !measures.isEmpty else { return nil }
    var reasons: [String] = []
    for measure in measures where !reasons.contains(measure.reason) { reasons.append(measure.reason) }
    let parts = reasons.map { reason in
      let names = measures.filter { $0.reason == reason }.map(\.measure.printable)
      let shown = names.prefix(6).joined(separator: ", ")
      return shown + (names.count > 6 ? " and \(names.count - 6) more" : "") + " (\(reason))"
    }
    return "No verdict, since the values can't be compared: " + parts.joined(separator: "; ") + "."
  }
}

extension ComparedRun {
  /// The same without the measures on which there is no verdict.
  func keeping(_ isComparable: (String) -> Bool) -> ComparedRun {
    ComparedRun(name: name, metrics: metrics, measures: measures.filter { isComparable($0.name) }, gapMetric: gapMetric)
  }

  /// The same with the measures `names` alone, those of the report in that order.
  func choosing(_ names: [String]) -> ComparedRun {
    let known = Dictionary(measures.map { ($0.name, $0) }) { first, _ in first }
    let chosen = Set(names)
    return ComparedRun(
      name: name,
      metrics: metrics.filter { key, _ in !key.hasPrefix("measure.") || chosen.contains(String(key.dropFirst(8))) },
      measures: names.compactMap { known[$0] }, gapMetric: gapMetric)
  }
}
