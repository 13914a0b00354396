/// A table of a page; cells are plain text, escaped here.
struct HTMLTable {
  var header: [String]
  var rows: [[String]] = []
  /// Columns of text, which begin at their left; the others are numbers.
  var textColumns: Set<Int> = [0]

  var html: String {
    var output = "<div class=\"scroll\" tabindex=\"0\"><table>\n"
    output +=
      "<thead><tr>" + header.enumerated().map { "<th scope=\"col\"\(style($0.offset))>\($0.element.xml)</th>" }.joined()
      + "</tr></thead>\n<tbody>\n"
    for row in rows {
      let cells = row.enumerated().map { "<td\(style($0.offset))>\($0.element.xml)</td>" }
      output += "<tr>" + cells.joined() + "</tr>\n"
    }
    return output + "</tbody></table></div>\n"
  }

  private func style(_ column: Int) -> String { textColumns.contains(column) ? " class=\"name\"" : "" }
}

extension HTMLTable {
  /// The table of a terminal, whose first row is the header.
  init(_ table: TextTable) {
    self.init(
      header: table.rows[0].map(\.text), rows: table.rows.dropFirst().map { $0.map(\.text) },
      textColumns: Set(table.alignments.indices.filter { table.alignments[$0] == .left }))
  }
}
