extension JSONValue {
  /// This value as JSON text without spaces, fit to stand in a page's script element.
  var compactText: String {
    var output = ""
    writeCompact(to: &output)
    // Within strings alone, since nothing else of JSON has one: no text can end the element.
    return output.replacing("<", with: "\\u003c")
  }

  private func writeCompact(to output: inout String) {
    switch self {
    case .array(let values):
      output += "["
      for (index, value) in values.enumerated() {
        if index > 0 { output += "," }
        value.writeCompact(to: &output)
      }
      output += "]"
    case .object(let members):
      output += "{"
      for (index, member) in members.enumerated() {
        if index > 0 { output += "," }
        output += JSONValue.string(member.key).text + ":"
        member.value.writeCompact(to: &output)
      }
      output += "}"
    default: output += text
    }
  }
}
