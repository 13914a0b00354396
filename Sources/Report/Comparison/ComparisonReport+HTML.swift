extension ComparisonReport {
  /// The comparison as one self-contained page.
  public var html: String {
    let title = "Comparison of \(NumberText.count(members.count)) models"
    var body = "<header>\n<h1>\(title.xml)</h1>\n"
    body += "<p class=\"faint\">How much the minibatches of each disagree, and whether that goes with how well they "
    body += "generalise.</p>\n</header>\n"
    if !warnings.isEmpty || !failures.isEmpty {
      body += "<ul class=\"trust\">\n"
      for warning in warnings { body += "<li class=\"warning\">\(warning.xml)</li>\n" }
      for failure in failures { body += "<li class=\"warning\">Not read: \(failure.message.xml)</li>\n" }
      body += "</ul>\n"
    }
    let charts = ComparisonCharts(report: self)
    let shown = PageData.identified(
      [charts.ranking].compactMap { $0 } + charts.curves + [charts.correlations, charts.scatter].compactMap { $0 })
    for (id, chart) in shown { body += Page.section(chart, id: id) }
    for section in ComparisonTables(report: self, isPage: true).all {
      body += "<section>\n<h2>\(section.title.xml)</h2>\n"
      for note in section.notes { body += "<p class=\"faint\">\(note.xml)</p>\n" }
      if let table = section.table { body += HTMLTable(table).html }
      body += "</section>\n"
    }
    return Page(title: title, body: body, data: ["figures": PageData.figures(shown)]).html
  }
}
