/// How text for people is laid out.
public struct TextOptions: Hashable, Sendable {
  /// Whether escape sequences for bold and colour may be used.
  public var isColored: Bool
  /// Columns of the terminal: tables are broken to fit.
  public var width: Int
  /// Columns that prose is wrapped to: wider lines are hard to read.
  private var proseWidth: Int { min(width, 100) }
  /// Lines that a report of a run should fit where it can: early checkpoints are then left out; nil for all of them.
  public var rows: Int?

  /// Plain text of 80 columns, but for what is told.
  public init(isColored: Bool = false, width: Int = 80) {
    self.isColored = isColored
    self.width = max(40, width)
  }

  /// A style of terminal text.
  enum Style: String {
    case bold = "1"
    case faint = "2"
    case yellow = "33"
    case blue = "34"
  }

  /// `text` in `style`, where that is allowed.
  func styled(_ text: String, _ style: Style) -> String {
    isColored && !text.isEmpty ? "\u{1b}[\(style.rawValue)m\(text)\u{1b}[0m" : text
  }

  /// `text` broken at spaces into lines of at most `width` columns, the first after `first`, the others after `rest`.
  func wrapped(_ text: String, first: String = "", rest: String = "") -> [String] {
    var lines: [String] = []
    var line = ""
    var room = proseWidth - first.terminalWidth
    for word in text.split(separator: " ") {
      let length = String(word).terminalWidth
      if !line.isEmpty && line.terminalWidth + 1 + length > room {
        lines.append((lines.isEmpty ? first : rest) + line)
        line = ""
        room = proseWidth - rest.terminalWidth
      }
      line += line.isEmpty ? String(word) : " \(word)"
    }
    if !line.isEmpty || lines.isEmpty { lines.append((lines.isEmpty ? first : rest) + line) }
    return lines
  }
}
