/// Rows of cells in columns that are as wide as they have to be, aligned by what a terminal shows.
struct TextTable {
  /// One cell: its text, and the style it is shown in.
  struct Cell: ExpressibleByStringLiteral {
    var text: String
    var style: TextOptions.Style?

    init(_ text: String, _ style: TextOptions.Style? = nil) {
      self.text = text
      self.style = style
    }

    init(stringLiteral value: String) { self.init(value) }
  }

  enum Alignment { case left, right }

  let alignments: [Alignment]
  var gap = 2
  private(set) var rows: [[Cell]] = []
  /// Lines across all columns, before the rows of these numbers.
  private var headings: [Int: String] = [:]

  init(_ alignments: Alignment..., gap: Int = 2) { self.init(alignments, gap: gap) }

  init(_ alignments: [Alignment], gap: Int = 2) {
    self.alignments = alignments
    self.gap = gap
  }

  mutating func add(_ cells: Cell...) { add(cells) }

  mutating func add(_ cells: [Cell]) { rows.append(cells) }

  /// A line across all columns above the next row.
  mutating func add(heading: String) { headings[rows.count] = heading }

  /// The table's lines, each after `indent`, without spaces at the end.
  func lines(_ options: TextOptions, indent: String = "  ") -> [String] {
    let widths = alignments.indices.map { column in
      rows.map { column < $0.count ? $0[column].text.terminalWidth : 0 }.max() ?? 0
    }
    return rows.enumerated().flatMap { index, row in
      var line = indent
      for (column, cell) in row.enumerated() {
        let padding = String(repeating: " ", count: widths[column] - cell.text.terminalWidth)
        let text = cell.style.map { options.styled(cell.text, $0) } ?? cell.text
        if column > 0 { line += String(repeating: " ", count: gap) }
        if alignments[column] == .right { line += padding + text } else { line += text + padding }
      }
      let trimmed = String(line.reversed().drop { $0 == " " }.reversed())
      return headings[index].map { [indent + options.styled($0, .bold), trimmed] } ?? [trimmed]
    }
  }
}
