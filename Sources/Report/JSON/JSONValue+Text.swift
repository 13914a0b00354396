internal import Checkpoint

extension JSONValue {
  /// This value as JSON text, two spaces a level, objects and arrays of plain values on one line where they are short.
  public var text: String {
    var output = ""
    write(to: &output, level: 0)
    return output
  }

  private var isPlain: Bool {
    switch self {
    case .array(let values): values.isEmpty
    case .object(let members): members.isEmpty
    default: true
    }
  }

  private func write(to output: inout String, level: Int) {
    switch self {
    case .null: output += "null"
    case .bool(let value): output += value ? "true" : "false"
    case .integer(let value): output += String(value)
    case .number(let value): output += value.description
    case .string(let value): Self.quote(value, to: &output)
    case .array(let values):
      let isShort = values.count <= 4 && values.allSatisfy(\.isPlain)
      Self.list(values, "[", "]", isShort, &output, level) { value, output, level in
        value.write(to: &output, level: level)
      }
    case .object(let members):
      let isShort = members.count <= 4 && members.allSatisfy(\.value.isPlain)
      Self.list(members, "{", "}", isShort, &output, level) { member, output, level in
        Self.quote(member.key, to: &output)
        output += ": "
        member.value.write(to: &output, level: level)
      }
    }
  }

  private static func list<Element>(
    _ elements: [Element], _ open: String, _ close: String, _ isShort: Bool, _ output: inout String, _ level: Int,
    _ write: (Element, inout String, Int) -> Void
  ) {
    output += open
    for (index, element) in elements.enumerated() {
      if index > 0 { output += isShort ? ", " : "," }
      if !isShort { output += "\n" + String(repeating: "  ", count: level + 1) }
      write(element, &output, level + 1)
    }
    if !isShort && !elements.isEmpty { output += "\n" + String(repeating: "  ", count: level) }
    output += close
  }

  /// Control characters of both sets are escaped: JSON, too, is printed on terminals.
  private static func quote(_ text: String, to output: inout String) {
    output += "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": output += "\\\""
      case "\\": output += "\\\\"
      case "\n": output += "\\n"
      case "\t": output += "\\t"
      case "\r": output += "\\r"
      default:
        if scalar.isUnsafeToPrint && scalar.value <= 0xFFFF {
          output += "\\u" + scalar.value.digits(4, radix: 16)
        } else {
          output.unicodeScalars.append(scalar)
        }
      }
    }
    output += "\""
  }
}
