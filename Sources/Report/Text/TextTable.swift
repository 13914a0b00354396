/// Rows of cells in columns that are as wide as they have to be, aligned by what a terminal shows.
struct TextTable {
  /// One cell: its text, and the style it is shown in.
  struct Cell: ExpressibleByStringLiteral {
    var text: String
    var style: TextOptions.Style?
    /// The share of the whole that the text is a bar of; nil where it is no bar.
    var share: Double?

    init(_ text: String, _ style: TextOptions.Style? = nil) {
      self.text = text
      self.style = style
    }

    /// A bar of at most `width` columns for a `share` of the whole.
    init(bar share: Double, width: Int) {
      text = Marks.bar(share, width: width)
      style = .blue
      self.share = share.isFinite ? min(1, max(0, share)) : 0
    }

    init(stringLiteral value: String) { self.init(value) }
  }

  enum Alignment { case left, right }

  let alignments: [Alignment]
  var gap = 2
  private(set) var rows: [[Cell]] = []
  /// Lines across all columns, before the rows of these numbers.
  private var headings: [Int: String] = [:]
  /// Columns that stay beside the one before them where a table is broken.
  var unbreakable: Set<Int> = []
  /// Columns that are left out where there is no room for them: pictures of a number beside it.
  var dispensable: Set<Int> = []

  init(_ alignments: Alignment..., gap: Int = 2) { self.init(alignments, gap: gap) }

  init(_ alignments: [Alignment], gap: Int = 2) {
    self.alignments = alignments
    self.gap = gap
  }

  mutating func add(_ cells: Cell...) { add(cells) }

  mutating func add(_ cells: [Cell]) { rows.append(cells) }

  /// A line across all columns above the next row.
  mutating func add(heading: String) { headings[rows.count] = heading }

  /// The table's lines, each after `indent`, without spaces at the end; broken between columns where it is wider than the
  /// terminal, the first column again in each part.
  func lines(_ options: TextOptions, indent: String = "  ") -> [String] {
    Array(parts(options, indent: indent).joined(separator: [""]))
  }

  /// The same, part by part.
  func parts(_ options: TextOptions, indent: String = "  ") -> [[String]] {
    let widths = widths
    var parts: [[Int]] = [[0]]
    var used = indent.terminalWidth + widths[0]
    for block in blocks {
      let width = block.reduce(0) { $0 + gap + widths[$1] }
      let isOver = used + width > options.width
      if isOver && block.allSatisfy(dispensable.contains) { continue }
      if isOver && parts[parts.count - 1].count > 1 {
        parts.append([0])
        used = indent.terminalWidth + widths[0]
      }
      parts[parts.count - 1] += block
      used += width
    }
    return parts.map { lines(of: $0, widths: widths, options, indent) }
  }

  /// Columns after the first that stay together.
  private var blocks: [[Int]] {
    alignments.indices.dropFirst().reduce(into: []) { blocks, column in
      if unbreakable.contains(column), !blocks.isEmpty {
        blocks[blocks.count - 1].append(column)
      } else {
        blocks.append([column])
      }
    }
  }

  private var widths: [Int] {
    alignments.indices.map { column in
      rows.map { column < $0.count ? $0[column].text.terminalWidth : 0 }.max() ?? 0
    }
  }

  private func lines(of columns: [Int], widths: [Int], _ options: TextOptions, _ indent: String) -> [String] {
    rows.enumerated().flatMap { index, row -> [String] in
      // In a part that a table was broken into, rows that have nothing there.
      let isEmpty = columns.dropFirst().allSatisfy { $0 >= row.count || row[$0].text.isEmpty }
      guard !isEmpty || columns.count == 1 || columns.count == alignments.count else { return [] }
      var line = indent
      for (place, column) in columns.enumerated() where column < row.count {
        let cell = row[column]
        let padding = String(repeating: " ", count: widths[column] - cell.text.terminalWidth)
        let text = cell.style.map { options.styled(cell.text, $0) } ?? cell.text
        if place > 0 { line += String(repeating: " ", count: gap) }
        if alignments[column] == .right { line += padding + text } else { line += text + padding }
      }
      let trimmed = String(line.reversed().drop { $0 == " " }.reversed())
      return headings[index].map { [indent + options.styled($0, .bold), trimmed] } ?? [trimmed]
    }
  }
}
