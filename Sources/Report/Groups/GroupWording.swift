internal import Regret

/// Sentences about the groups of one checkpoint, the same in every format.
struct GroupWording {
  let measures: GroupMeasures
  let metric: Ball

  /// Nil where the file tells of fewer than two groups.
  init?(_ checkpoint: CheckpointReport) {
    guard let measures = checkpoint.audit.groups, measures.groups.count > 1 else { return nil }
    self.measures = measures
    metric = Ball(checkpoint.audit)
  }

  /// Two groups are told in a sentence, more in a map.
  var isPair: Bool { measures.groups.count == 2 }

  var heading: String {
    isPair
      ? "Does it carry over from \(title(measures.reference)) to \(title(other))?"
      : "Which groups pull against which?"
  }

  /// Of two groups the one that is not the reference.
  private var other: Int { 1 - measures.reference }

  func title(_ group: Int) -> String { measures.groups[group].title }

  private func minibatch(_ group: Int, isAnother: Bool = false) -> String {
    switch measures.groups[group].name {
    case "train", "validation": (isAnother ? "another " : "a ") + title(group) + " minibatch"
    default: (isAnother ? "another of " : "a minibatch of ") + title(group)
    }
  }

  /// The answer in a few sentences.
  var sentences: String { isPair ? pairSentences : mapSentences }

  private var pairSentences: String {
    let (from, to) = (measures.reference, other)
    var text: String
    let found = metric(measures.pair(from, to))
    if let transfer = found?.transfer {
      text =
        "A step that is best for \(minibatch(from)) gives \(minibatch(to)) "
        + "\(transfer.percentText) of what it gives "
        + "\(minibatch(from, isAnother: true))"
      text += metric == .estimate ? "." : " (\(metric.words))."
    } else if found != nil {
      text =
        "How much of a step carries over can't be said: within \(title(from)) "
        + (metric(measures.pair(from, from)) == nil
          ? "there is no other minibatch." : "no agreement can be told from chance.")
    } else {
      text = "That was not computed, or can't be."
    }
    return text + (losses.map { " " + $0 } ?? "")
  }

  private var losses: String? {
    let known = measures.groups.indices.compactMap { group in
      measures.groups[group].loss.map {
        "\(NumberText.withError($0.value, $0.halfWidth(count: measures.groups[group].minibatchCount))) (\(title(group)))"
      }
    }
    guard known.count == 2 else { return nil }
    return "Mean loss: \(known[0]), \(known[1])."
  }

  private var mapSentences: String {
    var text = ""
    let conflicts = conflicts
    if let outlier {
      text =
        "\(title(outlier.group)) agrees least with the others: its cosine with them is "
        + "\(NumberText.rounded(outlier.own, digits: 2)) on the mean, theirs among each other "
        + "\(NumberText.rounded(outlier.others, digits: 2)). "
    }
    let clear = conflicts.ranked.filter(\.isClear)
    switch clear.count {
    case 0:
      text +=
        conflicts.ranked.isEmpty
        ? "No errors are known, so no pair of groups can be told from any other."
        : "On no pair of groups more is lost than within a group, beyond what chance explains in so many pairs."
    default:
      let (from, to) = (clear[0].transfer.from, clear[0].transfer.to)
      text +=
        "The clearest conflict is from \(title(from)) to \(title(to)), "
        + (clear.count == 1 ? "the only pair" : "one of \(clear.count) pairs")
        + " on which more is lost than within the group that chooses."
    }
    return text
  }

  var conflicts: GroupConflicts { GroupConflicts(measures, metric) }

  /// The group with the smallest mean cosine with the others, beside the others' among each other; nil of fewer than three.
  private var outlier: (group: Int, own: Double, others: Double)? {
    let count = measures.groups.count
    guard count > 2 else { return nil }
    func mean(_ pairs: [GroupTransfer]) -> Double? {
      let known = pairs.compactMap { metric($0)?.cosine.value }
      return known.count == pairs.count && !known.isEmpty ? known.reduce(0, +) / Double(known.count) : nil
    }
    let across = measures.pairs.filter { $0.from != $0.to }
    let own = (0..<count).map { group in mean(across.filter { $0.from == group || $0.to == group }) }
    guard own.allSatisfy({ $0 != nil }), let least = own.indices.min(by: { own[$0]! < own[$1]! }),
      let others = mean(across.filter { $0.from != least && $0.to != least })
    else { return nil }
    return (least, own[least]!, others)
  }

  /// What the columns of tables are.
  static let note =
    "Excess is what is lost more than within the group that chooses; carried over is the cosine across divided by the "
    + "cosine within."
}

extension GroupSummary {
  /// Its name for people: plain for those that have words of their own.
  var title: String { title(shortenedTo: 40) }

  /// The same where there is little room [columns].
  func title(shortenedTo width: Int) -> String {
    switch name {
    case "train": "training"
    case "validation": "validation"
    default: "“\(name.printable.shortened(to: max(3, width - 2)))”"
    }
  }
}
