internal import Checkpoint
internal import Regret

extension Report {
  /// The report as one self-contained page.
  public var html: String { page().html }

  /// The same with something `before` all else, and following a run where `live` says so.
  func page(before: String = "", live: LiveOptions? = nil) -> Page {
    guard let last = headline else {
      return Page(title: "Minibatch regret", body: "<h1>Minibatch regret</h1>\n<p>No checkpoint could be read.</p>\n")
    }
    let words = Wording(last)
    var body = before + "<header>\n<h1>How much do the minibatches disagree?</h1>\n"
    body += "<p class=\"faint setting\">\(subject(last).xml)</p>\n"
    body += "<p class=\"answer\">\(([words.headline, words.noise].compactMap { $0 }.joined(separator: " ")).xml)</p>\n"
    body += cards(last)
    body += "<p class=\"faint\">\(words.metric.xml)</p>\n</header>\n"
    body += groups(last)
    body += trust
    let data = PageData(self)
    for (id, chart) in data.charts { body += Page.section(chart, id: id) }
    body += tables(last)
    body += "<footer>Written by GradientProbe. \(Self.definition.xml)</footer>\n"
    return Page(title: "Minibatch regret: \(last.file)", body: body, data: data.json, live: live)
  }

  private static let definition =
    "The regret of a pair of minibatches is how much worse the second fares, per radius of a small ball, at the point of "
    + "that ball which is best for the first than at the point which is best for itself. It needs their two gradients "
    + "and, in the KL ball, the Fisher."

  private func subject(_ last: CheckpointReport) -> String {
    let setting = Wording(last).setting
    guard checkpoints.count > 1 else { return "\(last.file) · \(setting)" }
    return "\(NumberText.count(checkpoints.count)) checkpoints; in detail the last, \(last.file) · \(setting)"
  }

  private func cards(_ checkpoint: CheckpointReport) -> String {
    let audit = checkpoint.audit
    func card(_ name: String, _ unit: String, _ text: String?) -> String {
      let text = text ?? "not known"
      // A number, and after it ± or the ends of its interval.
      let end = text.firstIndex { "±(".contains($0) } ?? text.endIndex
      let error = end < text.endIndex ? " <small>\(String(text[end...]).xml)</small>" : ""
      return
        "<div class=\"card\"><div class=\"name\">\(name.xml)</div><div class=\"value\">\(String(text[..<end]).xml)\(error)</div>"
        + "<div class=\"faint\">\(unit.xml)</div></div>\n"
    }
    let ball = Ball(audit)
    let measures = audit.measures(ball)
    let sizes = StepMeasures([checkpoint]).sizes
    let aside = sizes == ball ? "" : ", in-sample"
    return "<div class=\"cards\">\n"
      + card("Share, \(ball.name)", "mean cosine", measures?.cosine.percentText)
      + card("Regret, \(ball.name)", ball.unit, measures?.regret.text)
      + card("Norm\(aside)", "\(ball.unit); the regret where nothing carries over", audit.measures(sizes)?.norm?.text)
      + card(
        "Noise scale\(aside)", "examples up to which a larger minibatch helps",
        audit.measures(sizes).map { $0.noiseScale?.text ?? "not known" })
      + "</div>\n" + HTMLTable(BallTable(audit).table).html
  }

  private func groups(_ checkpoint: CheckpointReport) -> String {
    guard let words = GroupWording(checkpoint) else { return "" }
    let tables = GroupTables(words: words)
    let shown = words.isPair ? [tables.pairs] : [tables.conflicts(limit: 12)].compactMap { $0 }
    return
      "<section id=\"groups-answer\">\n<h2>\(words.heading.xml)</h2>\n<p class=\"answer\">\(words.sentences.xml)</p>\n"
      + shown.map { HTMLTable($0).html }.joined()
      + "<p class=\"faint\">\((words.isPair ? GroupWording.note : "Intervals hold for all pairs of groups at once.").xml)</p>\n"
      + "</section>\n"
  }

  private var trust: String {
    var output = "<section id=\"trust\">\n<h2>Can it be trusted?</h2>\n<ul class=\"trust\">\n"
    for line in RunTrust(self).lines {
      output += "<li\(line.isWarning ? " class=\"warning\"" : "")>\(line.text.xml)</li>\n"
    }
    for failure in failures { output += "<li class=\"warning\">Not read: \(failure.message.xml)</li>\n" }
    return output + "</ul>\n</section>\n"
  }

  private func tables(_ last: CheckpointReport) -> String {
    var output = ""
    if checkpoints.count > 1 {
      output += "<section id=\"checkpoints\">\n<h2>All checkpoints</h2>\n" + runTable.html
      output += "<p class=\"faint\">\(RunWording.note(checkpoints, StepMeasures(checkpoints)).xml)</p>\n</section>\n"
    }
    output += "<section id=\"numbers\">\n<h2>All numbers, step \(NumberText.count(last.description.step))</h2>\n"
    output += numbers(last)
    if let tensors = last.audit.tensors, !tensors.isEmpty {
      var table = HTMLTable(header: ["tensor", "parameters", "KL regret, in-sample", "Euclidean regret"])
      func cell(_ estimate: Estimate?, _ largest: Double?) -> HTMLTable.Cell {
        .init(estimate?.text ?? "–", share: estimate.flatMap { one in largest.map { max(0, one.value / $0) } })
      }
      let largest = (tensors.compactMap(\.kl?.value).max(), tensors.compactMap(\.euclidean?.value).max())
      for tensor in tensors {
        table.rows.append([
          .init(tensor.name), .init(FirstScreen.parameters(tensor.count, live: tensor.live)),
          cell(tensor.kl, largest.0), cell(tensor.euclidean, largest.1),
        ])
      }
      output += "<details\(tensors.count <= 12 ? " open" : "")><summary>All "
      output += "\(NumberText.count(tensors.count)) tensors</summary>\n" + table.html + "</details>\n"
    }
    return output + "</section>\n"
  }

  private var runTable: HTMLTable {
    let metrics = Set(checkpoints.flatMap(\.description.metrics.keys)).sorted().prefix(6)
    let isNamed = Set(checkpoints.map(\.description.run)).count > 1
    let carried = checkpoints.map(\.carriedOver)
    let hasCarried = carried.contains { $0 != nil }
    let measures = StepMeasures(checkpoints)
    let columns = measures.main + StepMeasures.beside(Ball.allCases.filter { $0 != measures.ball })
    var table = HTMLTable(
      header: [isNamed ? "file" : "step"] + (isNamed ? ["step"] : []) + columns.map(\.name)
        + (hasCarried ? ["carried over"] : []) + ["ρ", "own ρ", "measured with", "warnings"]
        + metrics.map(\.replacingUnderscores))
    table.textColumns.formUnion([table.header.count - metrics.count - 1, table.header.count - metrics.count - 2])
    for ((checkpoint, carried), differences) in zip(zip(checkpoints, carried), differences) {
      let audit = checkpoint.audit
      let step = (checkpoint.description.isPartial ? "partial " : "") + NumberText.count(checkpoint.description.step)
      var cells = isNamed ? [checkpoint.file, step] : [step]
      cells += columns.map { $0.text(audit) }
      if hasCarried { cells.append(carried?.share.percentText ?? "–") }
      cells += [audit.kl?.damping.weight, audit.kl?.damping.ownWeight].map { weight in
        weight.map { NumberText.rounded($0, digits: 3) } ?? "–"
      }
      cells.append(differences.filter { $0.code != "partial" }.map(\.text).joined(separator: ", "))
      cells.append(audit.warnings.map(\.code.replacingUnderscores).joined(separator: ", "))
      cells += metrics.map { name in checkpoint.description.metrics[name].map { NumberText.rounded($0) } ?? "–" }
      table.rows.append(cells.map { .init($0) })
    }
    return table
  }

  /// The details of the terminal, as they are: aligned text.
  private func numbers(_ checkpoint: CheckpointReport) -> String {
    Details(checkpoint, TextOptions(), isWhole: true).tables.map { title, note, table in
      "<h3>\(title.xml)\(note.isEmpty ? "" : " <span class=\"faint\">\(note.xml)</span>")</h3>\n"
        + HTMLTable(table).html
    }.joined()
  }
}
