internal import Regret

/// Tables about the groups of one checkpoint.
struct GroupTables {
  let words: GroupWording

  private var measures: GroupMeasures { words.measures }
  private var metric: Ball { words.metric }
  private var places: [Int] { GroupOrder.places(measures, metric) }

  /// From each group to each, where there are two.
  var pairs: TextTable {
    var table = TextTable(.left, .right, .right, .right, .right)
    table.add(
      .init(metric.name, .faint), .init("regret", .faint), .init("excess", .faint), .init("cosine", .faint),
      .init("carried over", .faint))
    let order = [measures.reference] + measures.groups.indices.filter { $0 != measures.reference }
    for from in order {
      for to in order {
        let found = metric(measures.pair(from, to))
        table.add(
          .init(from == to ? "within \(short(from))" : "\(short(from)) → \(short(to))"),
          .init(text(found?.regret), .bold),
          .init(from == to ? "" : text(found?.excess)), .init(text(found?.cosine)),
          .init(from == to ? "" : percent(found?.transfer)))
      }
    }
    return table
  }

  /// Groups in text's map at most.
  private static let mapLimit = 8

  /// Cosines from each group, a row, to each, a column, in the order in which they agree; nil where it does not fit.
  var map: TextTable? {
    guard measures.groups.count <= Self.mapLimit else { return nil }
    let places = places
    var table = TextTable([.left] + places.map { _ in .right })
    table.add([.init("cosine, from ↓ to →", .faint)] + places.indices.map { .init("\($0 + 1)", .faint) })
    for (index, from) in places.enumerated() {
      table.add(
        [.init("\(index + 1) \(title(from, 72 - 7 * places.count))")]
          + places.map { to in
            .init(metric(measures.pair(from, to)).map { NumberText.fixed($0.cosine.value, decimals: 2) } ?? "–")
          })
    }
    return table
  }

  /// The clearest conflicts, at most `limit`; nil where there is none.
  func conflicts(limit: Int = 5) -> TextTable? {
    let clear = words.conflicts.ranked.filter(\.isClear).prefix(limit)
    guard !clear.isEmpty else { return nil }
    var table = TextTable(.left, .right, .left)
    table.add(.init("strongest conflicts", .faint), .init("excess", .faint), .init("most in", .faint))
    for conflict in clear {
      let interval = conflict.interval
      let ends =
        "\(NumberText.rounded(conflict.excess.value, digits: 3)) (\(NumberText.rounded(interval.low, digits: 2)) … "
        + "\(interval.high.map { NumberText.rounded($0, digits: 2) } ?? "∞"))"
      table.add(
        .init("\(title(conflict.transfer.from, 12)) → \(title(conflict.transfer.to, 12))"), .init(ends),
        .init(conflict.transfer.tensors.first?.name.printable.shortened(to: 24) ?? ""))
    }
    return table
  }

  private func title(_ group: Int, _ width: Int) -> String { measures.groups[group].title(shortenedTo: width) }

  /// A name as the file has it, in few columns.
  private func short(_ group: Int) -> String {
    let name = measures.groups[group].name
    return name == "validation" ? name : name.printable.shortened(to: 8)
  }

  private func text(_ estimate: Estimate?) -> String { estimate?.text ?? "–" }

  private func percent(_ estimate: Estimate?) -> String { estimate?.percentText ?? "–" }
}
