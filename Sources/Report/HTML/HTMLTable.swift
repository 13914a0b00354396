/// A table of a page; cells are plain text, escaped here.
struct HTMLTable {
  /// One cell: its text, and the share of the whole that a bar in it has.
  struct Cell: ExpressibleByStringInterpolation {
    var text: String
    var share: Double?

    init(_ text: String, share: Double? = nil) {
      self.text = text
      self.share = share
    }

    init(stringLiteral value: String) { self.init(value) }

    fileprivate var html: String {
      guard let share else { return text.xml }
      // As wide as in the picture, of which this is a line.
      return text.xml + "<span class=\"bar\" style=\"width: \(Drawing.number(7 * share, decimals: 2))em\"></span>"
    }
  }

  var header: [String]
  var rows: [[Cell]] = []
  /// Columns of text, which begin at their left; the others are numbers.
  var textColumns: Set<Int> = [0]

  var html: String {
    var output = "<div class=\"scroll\" tabindex=\"0\"><table>\n"
    output +=
      "<thead><tr>" + header.enumerated().map { "<th scope=\"col\"\(style($0.offset))>\($0.element.xml)</th>" }.joined()
      + "</tr></thead>\n<tbody>\n"
    for row in rows {
      let cells = row.enumerated().map { "<td\(style($0.offset))>\($0.element.html)</td>" }
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
      header: table.rows[0].map(\.text),
      rows: table.rows.dropFirst().map { $0.map { Cell($0.share == nil ? $0.text : "", share: $0.share) } },
      textColumns: Set(table.alignments.indices.filter { table.alignments[$0] == .left }))
  }
}
