internal import Checkpoint
internal import Regret

extension Report {
  /// The report as one self-contained page.
  public var html: String {
    guard let last = headline else {
      return Page(title: "Minibatch regret", body: "<h1>Minibatch regret</h1>\n<p>No checkpoint could be read.</p>\n")
        .html
    }
    let words = Wording(last)
    var body = "<header>\n<h1>How much do the minibatches disagree?</h1>\n"
    body += "<p class=\"faint setting\">\(subject(last).xml)</p>\n"
    body += "<p class=\"answer\">\(words.headline.xml)</p>\n"
    body += cards(last)
    body += "<p class=\"faint\">\(words.metric.xml)</p>\n</header>\n"
    body += groups(last)
    body += trust(last)
    for chart in charts { body += Page.section(chart) }
    body += tables(last)
    body += "<footer>Written by GradientProbe. \(Self.definition.xml)</footer>\n"
    return Page(title: "Minibatch regret: \(last.file)", body: body).html
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
    let count = audit.minibatchCount - audit.zeroGradients
    func card(_ name: String, _ unit: String, _ regret: Estimate?) -> String {
      let value = regret.map { $0.text(count: count) } ?? "not known"
      let parts = value.split(separator: "±", maxSplits: 1).map { String($0) }
      let error = parts.count == 2 ? " <small>±\(parts[1].xml)</small>" : ""
      return
        "<div class=\"card\"><div class=\"name\">\(name.xml)</div><div class=\"value\">\(parts[0].xml)\(error)</div>"
        + "<div class=\"faint\">\(unit.xml)</div></div>\n"
    }
    return "<div class=\"cards\">\n" + card("KL ball", "nats per √nat", audit.kl?.supportedEstimate?.regret)
      + card("KL ball, held-out", "nats per √nat", audit.kl?.heldOut?.regret)
      + card("KL ball, in-sample", "nats per √nat", audit.kl?.inSample?.regret)
      + card("Euclidean ball", "nats per unit of parameter", audit.euclidean?.regret) + "</div>\n"
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

  private func trust(_ checkpoint: CheckpointReport) -> String {
    var output = "<section id=\"trust\">\n<h2>Can it be trusted?</h2>\n<ul class=\"trust\">\n"
    for warning in checkpoint.audit.warnings {
      output += "<li class=\"warning\">\(warning.message.xml)</li>\n"
    }
    if checkpoint.audit.warnings.isEmpty { output += "<li>Nothing found that speaks against it.</li>\n" }
    if !checkpoint.isVerified { output += "<li>\(Wording.unverified.xml)</li>\n" }
    for failure in failures { output += "<li class=\"warning\">Not read: \(failure.message.xml)</li>\n" }
    return output + "</ul>\n</section>\n"
  }

  private func tables(_ last: CheckpointReport) -> String {
    var output = ""
    if checkpoints.count > 1 {
      output += "<section id=\"checkpoints\">\n<h2>All checkpoints</h2>\n" + runTable.html + "</section>\n"
    }
    output += "<section id=\"numbers\">\n<h2>All numbers, step \(NumberText.count(last.description.step))</h2>\n"
    output += numbers(last)
    if let tensors = last.audit.tensors, !tensors.isEmpty {
      var table = HTMLTable(header: ["tensor", "parameters", "KL regret, in-sample", "Euclidean regret"])
      let count = last.audit.minibatchCount - last.audit.zeroGradients
      func text(_ estimate: Estimate?) -> String {
        estimate.map { $0.text(count: count) } ?? "–"
      }
      for tensor in tensors {
        table.rows.append([
          tensor.name, FirstScreen.parameters(tensor.count, live: tensor.live), text(tensor.kl), text(tensor.euclidean),
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
    var table = HTMLTable(
      header: [isNamed ? "file" : "step"] + (isNamed ? ["step"] : [])
        + ["KL", "KL held-out", "KL in-sample", "Euclidean", "KL cosine"]
        + (hasCarried ? ["carried over"] : []) + ["ρ", "own ρ", "warnings"]
        + metrics.map(\.replacingUnderscores))
    for (checkpoint, carried) in zip(checkpoints, carried) {
      let audit = checkpoint.audit
      let count = audit.minibatchCount - audit.zeroGradients
      func text(_ estimate: Estimate?) -> String {
        estimate.map { $0.text(count: count) } ?? "–"
      }
      let share = carried?.share.percentText ?? "–"
      let step =
        (checkpoint.description.isPartial ? "partial " : "") + NumberText.count(checkpoint.description.step)
      var cells = isNamed ? [checkpoint.file, step] : [step]
      cells += [
        text(audit.kl?.supportedEstimate?.regret), text(audit.kl?.heldOut?.regret), text(audit.kl?.inSample?.regret),
        text(audit.euclidean?.regret),
        text(audit.kl?.supportedEstimate?.cosine ?? audit.kl?.heldOut?.cosine ?? audit.kl?.inSample?.cosine),
      ]
      if hasCarried { cells.append(share) }
      cells += [audit.kl?.damping.weight, audit.kl?.damping.ownWeight].map { weight in
        weight.map { NumberText.rounded($0, digits: 3) } ?? "–"
      }
      cells.append(audit.warnings.map(\.code.replacingUnderscores).joined(separator: ", "))
      cells += metrics.map { name in checkpoint.description.metrics[name].map { NumberText.rounded($0) } ?? "–" }
      table.rows.append(cells)
    }
    return table
  }

  /// The details of the terminal, as they are: aligned text.
  private func numbers(_ checkpoint: CheckpointReport) -> String {
    Details(checkpoint, TextOptions()).tables.map { title, note, table in
      "<h3>\(title.xml)\(note.isEmpty ? "" : " <span class=\"faint\">\(note.xml)</span>")</h3>\n"
        + HTMLTable(table).html
    }.joined()
  }
}
