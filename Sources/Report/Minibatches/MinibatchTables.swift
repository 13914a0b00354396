internal import Regret

/// The table of the minibatches.
struct MinibatchTables {
  let rows: MinibatchRows

  static let title = "The minibatches"

  var note: String {
    "norm and share of the mean gradient's square in the Euclidean ball; cosines are means over the others"
      + (hasGroups ? " of its group" : "")
  }

  private var hasGroups: Bool { rows.rows.contains { $0.group != nil } }
  private var hasSizes: Bool { Set(rows.rows.map(\.size)).count > 1 }

  /// Rows of a terminal's table at most, where nobody asked for more.
  private static let longest = 24

  /// All of few minibatches; of many those that stand out, the first ones, and how many are left.
  var short: (table: TextTable, left: Int) {
    let all = rows.rows
    guard all.count > Self.longest else { return (table(all), 0) }
    let outstanding = rows.outstanding.prefix(Self.longest)
    let others = all.filter(\.marks.isEmpty).prefix(max(0, Self.longest / 2 - outstanding.count))
    let shown = (outstanding + others).sorted { $0.summary.row < $1.summary.row }
    return (table(shown), all.count - shown.count)
  }

  var whole: TextTable { table(rows.rows) }

  private func table(_ shown: [MinibatchRow]) -> TextTable {
    let hasBall = rows.ball != .euclidean
    let numbers = (hasSizes ? 1 : 0) + 4 + (hasBall ? 1 : 0)
    var table = TextTable(
      [.right] + (hasGroups ? [.left] : []) + [TextTable.Alignment](repeating: .right, count: numbers) + [.left])
    var header = ["row"]
    if hasGroups { header.append("group") }
    if hasSizes { header.append("examples") }
    header += ["loss", "norm", "share", "cosine"]
    if hasBall { header.append("\(rows.ball.name.replacing(" ball", with: "")) cosine") }
    table.add(header.map { .init($0, .faint) } + [.init("stands out", .faint)])
    for row in shown {
      var cells = [TextTable.Cell(String(row.summary.row))]
      if hasGroups { cells.append(.init((row.group ?? "").printable.shortened(to: 14))) }
      if hasSizes { cells.append(.init(NumberText.count(row.size))) }
      let euclidean = row.summary.euclidean
      cells += [
        number(row.loss), number(euclidean?.norm ?? 0, digits: 3),
        .init(euclidean?.share.map { NumberText.percent($0) } ?? "–"), cosine(euclidean?.cosine),
      ]
      if hasBall { cells.append(cosine(row.cosine(rows.ball))) }
      cells.append(.init(row.marks.joined(separator: ", "), .yellow))
      table.add(cells)
    }
    return table
  }

  private func number(_ value: Double?, digits: Int = 4) -> TextTable.Cell {
    .init(value.map { NumberText.rounded($0, digits: digits) } ?? "–")
  }

  private func cosine(_ value: Double?) -> TextTable.Cell {
    .init(value.map { NumberText.fixed($0, decimals: 3) } ?? "–")
  }
}
