/// A table of a page; cells are plain text, escaped here.
struct HTMLTable {
  var header: [String]
  var rows: [[String]] = []
  var caption: String?

  var html: String {
    var output = "<div class=\"scroll\" tabindex=\"0\"><table>\n"
    if let caption { output += "<caption class=\"faint\">\(caption.xml)</caption>\n" }
    output += "<thead><tr>" + header.map { "<th scope=\"col\">\($0.xml)</th>" }.joined() + "</tr></thead>\n<tbody>\n"
    for row in rows {
      let cells = row.enumerated().map { "<td\($0.offset == 0 ? " class=\"name\"" : "")>\($0.element.xml)</td>" }
      output += "<tr>" + cells.joined() + "</tr>\n"
    }
    return output + "</tbody></table></div>\n"
  }
}
