extension String {
  /// This text as XML character data and attribute values: controls written out, the five special characters as
  /// entities.
  var xml: String {
    var output = ""
    for scalar in printable.unicodeScalars {
      switch scalar {
      case "&": output += "&amp;"
      case "<": output += "&lt;"
      case ">": output += "&gt;"
      case "\"": output += "&quot;"
      case "'": output += "&#39;"
      default: output.unicodeScalars.append(scalar)
      }
    }
    return output
  }
}
