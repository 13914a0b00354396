extension Unicode.Scalar {
  /// Whether a terminal or a page would act on this rather than show it: control characters of both sets, line and
  /// paragraph separators, and marks that change the direction of what follows.
  var isUnsafeToPrint: Bool {
    switch value {
    case 0..<0x20, 0x7F...0x9F: true
    case 0x200E, 0x200F, 0x2028...0x202E, 0x2066...0x2069, 0x061C, 0xFEFF: true
    default: false
    }
  }

  /// Columns on a terminal: 2 for wide East Asian characters and emoji, 0 for marks that join the one before.
  var terminalWidth: Int {
    switch value {
    case 0x20..<0x7F: return 1
    case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0x33FF, 0x3400...0x4DBF, 0x4E00...0x9FFF, 0xA000...0xA4CF,
      0xA960...0xA97F, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF00...0xFF60, 0xFFE0...0xFFE6,
      0x1F300...0x1F64F, 0x1F680...0x1F6FF, 0x1F900...0x1F9FF, 0x1FA70...0x1FAFF, 0x20000...0x3FFFD:
      return 2
    case 0x200B...0x200D, 0xFE00...0xFE0F:
      return 0
    default:
      switch properties.generalCategory {
      case .nonspacingMark, .enclosingMark, .format: return 0
      default: return 1
      }
    }
  }
}

extension String {
  /// This text with everything a terminal would act on written out, such as `\u{1b}`.
  public var printable: String {
    guard unicodeScalars.contains(where: \.isUnsafeToPrint) else { return self }
    var output = ""
    for scalar in unicodeScalars {
      if scalar.isUnsafeToPrint {
        output += "\\u{" + String(scalar.value, radix: 16) + "}"
      } else {
        output.unicodeScalars.append(scalar)
      }
    }
    return output
  }

  /// Columns on a terminal, for text without control characters.
  var terminalWidth: Int {
    reduce(0) { $0 + ($1.unicodeScalars.map(\.terminalWidth).max() ?? 0) }
  }

  /// At most `width` columns, with an ellipsis in the middle where something is left out.
  func shortened(to width: Int) -> String {
    guard terminalWidth > width, width > 1 else { return self }
    let half = (width - 1) / 2
    return prefix(columns: width - 1 - half) + "…" + String(String(reversed()).prefix(columns: half).reversed())
  }

  private func prefix(columns: Int) -> String {
    var used = 0
    return String(
      prefix { character in
        used += String(character).terminalWidth
        return used <= columns
      })
  }
}
