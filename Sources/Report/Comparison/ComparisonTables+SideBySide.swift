internal import Checkpoint
internal import Comparison
internal import Regret

extension ComparisonTables {
  /// One measure of all models, or what else was asked for.
  private struct Column {
    let path: String
    let title: String
    let cells: [String]
  }

  /// Up to so many models are columns; more of them are rows, which can be read down.
  private static let mostColumns = 6

  /// Models beside each other: their measures, or the columns that were chosen, with the difference of two.
  var sideBySide: Section? {
    let columns = report.columns.isEmpty ? measures : chosen
    guard !columns.isEmpty else { return nil }
    return report.members.count <= Self.mostColumns ? measuresDown(columns) : modelsDown(columns)
  }

  private func measuresDown(_ columns: [Column]) -> Section {
    let isPair = report.members.count == 2
    var table = TextTable([.left] + report.members.map { _ in .right } + (isPair ? [.right] : []))
    table.add(
      [.init("", .faint)] + report.members.map { .init(name($0.name, 15), .faint) }
        + (isPair ? [.init("second − first", .faint)] : []))
    for column in columns {
      table.add([.init(column.title)] + column.cells.map { .init($0) } + (isPair ? [.init(difference(column))] : []))
    }
    var notes: [String] = []
    if isPair { notes.append(pairingNote(report.members[0].checkpoint, report.members[1].checkpoint)) }
    if isPair, let note = report.incomparableNote { notes.append(note) }
    return Section(title: "Side by side", notes: notes, table: table)
  }

  /// What the error of the differences of two models takes for given.
  private func pairingNote(_ one: CheckpointReport, _ other: CheckpointReport) -> String {
    let isHashed = one.description.batchHashes != nil && other.description.batchHashes != nil
    if report.isPaired(one, other) {
      let known = PairedMeasure.allCases.map(\.rawValue).filter { path in
        report.runs.allSatisfy { run in run.measures.contains { $0.name == path } }
      }
      let unpaired = known.filter { report.pairedDifference(1, less: 0, in: $0) == nil }
      let same = "captured on the same minibatches, " + (isHashed ? "as their hashes tell" : "as far as the files tell")
      let why = "in which not the same ones have a length, or fewer than three"
      if unpaired.count == known.count {
        return "The difference's error takes the two as independent: they were \(same), \(why)."
      }
      return
        "Differences of regrets, norm and cosines are paired: \(same), so each is left out of both at once. Those of "
        + (unpaired.isEmpty ? "" : "\(unpaired.joined(separator: ", ")), \(why), of ")
        + "the others, and of the KL estimate, take the two as independent."
    }
    if report.isReordered(one, other) {
      return
        "The minibatches are the same in another order, as their hashes tell: the difference's error takes the two as "
        + "independent, and is too large."
    }
    return isHashed && one.description.batchHashes != other.description.batchHashes
      ? "The minibatches are not the same, as their hashes tell: the difference's error takes the two as independent."
      : "The difference's error takes the two as independent; captured on the same minibatches, it is too large."
  }

  private func modelsDown(_ columns: [Column]) -> Section {
    var table = TextTable([.left] + columns.map { _ in .right })
    table.add([.init("run", .faint)] + columns.map { .init($0.title, .faint) })
    for (index, member) in report.members.enumerated().prefix(longest) {
      table.add([.init(name(member.name, 24))] + columns.map { .init($0.cells[index]) })
    }
    let left = report.members.count - longest
    return Section(
      title: "Side by side",
      notes: left > 0 ? ["\(NumberText.count(left)) more are in --format html, csv or json."] : [],
      table: table)
  }

  private var measures: [Column] {
    let transfers = report.runs.flatMap { $0.measures.map(\.name) }.filter { $0.hasPrefix("transfer.") }
    var seen = Set<String>()
    return (Self.shown + transfers.filter { seen.insert($0).inserted }.map { ($0, Self.words($0)) }).compactMap {
      path, title in
      let values = report.runs.map { run in run.measures.first { $0.name == path }?.estimate }
      guard values.contains(where: { $0 != nil }) else { return nil }
      return Column(
        path: path, title: title,
        cells: zip(values, report.members).map { value, member in value.map { text($0, Self.count(member)) } ?? "–" })
    }
  }

  private var chosen: [Column] {
    let all = report.columnValues
    return report.columns.enumerated().map { index, path in
      Column(
        path: path, title: path.printable.shortened(to: 34),
        cells: zip(all, report.members).map { values, member in
          switch values[index] {
          case .estimate(let estimate): text(estimate, Self.count(member))
          case .number(let number): NumberText.rounded(number)
          case .text(let text): text.printable.shortened(to: 24)
          case nil: "–"
          }
        })
    }
  }

  private func difference(_ column: Column) -> String {
    if report.incomparable(column.path) != nil { return "no verdict" }
    let count = report.members.map { Self.count($0) }.min() ?? 0
    if let paired = report.pairedDifference(1, less: 0, in: column.path) { return text(paired, count) }
    let estimates = report.runs.map { run in run.measures.first { $0.name == column.path }?.estimate }
    guard let first = estimates[0], let second = estimates[1] else { return "–" }
    return text(second.difference(from: first), count)
  }
}
