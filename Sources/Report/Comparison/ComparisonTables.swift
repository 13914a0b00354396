internal import Checkpoint
internal import Comparison
internal import Regret

/// The tables of a comparison, the same on a terminal and on a page.
struct ComparisonTables {
  /// A table with its heading and what to know of it; the first row is the table's header.
  struct Section {
    var title: String
    var notes: [String]
    /// Nil where there is nothing to say but the notes.
    var table: TextTable?
  }

  let report: ComparisonReport
  /// Whether all rows are shown, however many: a page scrolls.
  var isPage = false

  var all: [Section] { [ranking, sideBySide, correlations, contrast].compactMap { $0 } }

  /// Rows of a long table, without what would not be read anyway.
  var longest: Int { isPage ? .max : 40 }

  private var names: [String: String] {
    Dictionary(zip(report.members.map(\.name), report.titles)) { first, _ in first }
  }

  func name(_ run: String, _ width: Int = 30) -> String {
    (names[run] ?? run).printable.shortened(to: width)
  }

  var ranking: Section? {
    guard let ranking = report.ranking else {
      let reason = report.incomparable(report.mainMeasure) ?? ""
      return Section(
        title: "Where minibatches disagree least",
        notes: ["No ranking: the regrets can't be compared, since \(reason)."], table: nil)
    }
    guard !ranking.places.isEmpty else { return nil }
    let counts = Dictionary(report.members.map { ($0.name, Self.count($0)) }) { first, _ in first }
    var table = TextTable(.right, .left, .right, .right, .left)
    table.add(
      .init("rank", .faint), .init("run", .faint), .init("regret", .faint), .init("above the first", .faint), "")
    for place in ranking.places.prefix(longest) {
      let isFirst = place.rank == 1
      table.add(
        .init(String(place.rank)), .init(name(place.run)),
        .init(text(place.estimate, counts[place.run] ?? 0), .bold),
        .init(isFirst ? "" : text(place.difference, min(counts[place.run] ?? 0, counts[ranking.places[0].run] ?? 0))),
        .init(place.isDistinct.map { $0 ? "distinct" : "within the error" } ?? "", .faint))
    }
    var notes = ["By \(report.mainMeasure), the smallest first; ± is half of the 95% interval."]
    if ranking.places.count > longest {
      notes.append("\(NumberText.count(ranking.places.count - longest)) more are in --format csv or json.")
    }
    if ranking.places.count < report.members.count {
      notes.append("\(report.members.count - ranking.places.count) without that measure are left out.")
    }
    return Section(title: "Where minibatches disagree least", notes: notes, table: table)
  }

  /// A transfer's path in words.
  static func words(_ path: String) -> String {
    String(path.dropFirst("transfer.".count)).replacing("kl.", with: "").printable.shortened(to: 34)
  }

  static let shown = [
    ("kl.estimate.regret", "KL regret"), ("kl.held_out.regret", "KL regret, held-out"),
    ("kl.in_sample.regret", "KL regret, in-sample"),
    ("euclidean.regret", "Euclidean regret"), ("kl.estimate.cosine", "KL cosine"),
    ("kl.held_out.cosine", "KL cosine, held-out"),
    ("euclidean.cosine", "Euclidean cosine"), ("kl.in_sample.relative_regret", "KL relative regret"),
    ("kl.estimate.tic", "TIC"), ("kl.in_sample.tic", "TIC, in-sample"), ("kl.held_out.tic", "TIC, held-out"),
    ("euclidean.noise_scale", "noise scale"), ("fisher.trace", "Fisher trace"),
    ("fisher.largest_eigenvalue", "Fisher λ₁"), ("fisher.contrast.largest_eigenvalue", "contrast λ₁"),
    ("fisher.contrast.log_volume_gap", "log-volume gap"),
  ]

  var correlations: Section? {
    guard let correlations = report.correlations else { return nil }
    var notes = conclusion(correlations)
    let hasSettings = !correlations.hyperparameters.isEmpty
    var table = TextTable([.left, .right, .right, .right, .right] + (hasSettings ? [.right, .right] : []), gap: 1)
    table.add(
      ([
        .init("measure", .faint), .init("τ", .faint), .init("95% interval", .faint),
        .init(correlations.given == nil ? "p" : "given", .faint), .init("Holm", .faint),
      ] as [TextTable.Cell])
        + (hasSettings ? [.init("Ψ", .faint), .init("sign err.", .faint)] : []))
    func two(_ value: Double?) -> String { value.map { NumberText.fixed($0, decimals: 2) } ?? "–" }
    for row in correlations.rows {
      table.add(
        ([
          .init(row.measure.printable.shortened(to: 34)), .init(two(row.tau), .bold),
          .init(row.interval.map { "\(two($0.lower)) … \(two($0.upper))" } ?? "–"),
          .init(
            correlations.given == nil
              ? row.pValue.map { NumberText.rounded($0, digits: 2) } ?? "–" : two(row.partial?.tau)),
          .init(row.adjustedPValue.map { NumberText.rounded($0, digits: 2) } ?? "–"),
        ] as [TextTable.Cell])
          + (hasSettings ? [.init(two(row.granulated?.value)), .init(two(row.signError?.mean))] : []))
    }
    if let note = report.incomparableNote { notes.append(note) }
    return Section(
      title: "Do the measures go with the \(report.gapName)?", notes: notes, table: table)
  }

  private func conclusion(_ table: CorrelationTable) -> [String] {
    let units =
      table.settings == 0
      ? "\(NumberText.count(table.runs)) runs"
      : "\(NumberText.count(table.runs)) runs of \(NumberText.count(table.settings)) settings"
    var notes: [String] = []
    let tested = table.rows.filter { $0.pValue != nil }
    if tested.isEmpty {
      let isConstant = Set(report.runs.compactMap(\.generalizationGap)).count < 2
      notes.append(
        "\(units.capitalizedFirst): "
          + (isConstant
            ? "their gaps are all the same, so nothing goes with them." : "no measure can be held against the gap."))
    } else if table.hasTooFewRuns {
      notes.append(
        "\(units.capitalizedFirst) are too few to conclude anything: at least \(CorrelationTable.fewestSettings) "
          + "independent ones are needed. The numbers are shown for completeness.")
    } else {
      let count = table.found.count
      notes.append(
        count == 0
          ? "\(units.capitalizedFirst): no measure goes with the gap beyond what chance does among so many measures."
          : "\(units.capitalizedFirst): \(count) of \(table.rows.count) measures \(count == 1 ? "goes" : "go") with the gap at "
            + "p < 0.05 after Holm's correction. That they go together here does not show that they would elsewhere, nor why."
      )
      let few = tested.filter(\.hasTooFewRuns).map(\.measure.printable)
      if !few.isEmpty {
        notes.append(
          "Fewer than \(CorrelationTable.fewestSettings) independent ones have \(few.prefix(6).joined(separator: ", "))"
            + (few.count > 6 ? " and \(few.count - 6) more" : "") + ": of these nothing is concluded.")
      }
    }
    notes.append(
      "τ is Kendall's τ_b; p from permutations, Holm its correction for the number of measures; the interval from the "
        + "bootstrap."
        + (table.hyperparameters.isEmpty
          ? ""
          : " Ψ is τ among runs that differ in one hyperparameter only (Jiang et al. 2020); sign err. how often the sign "
            + "of a change is wrong (Dziugaite et al. 2020)."))
    if let given = table.given {
      notes.append(
        "Given is partial τ, without what measure and gap share with \(given.printable) (Kendall 1942); the JSON has its intervals."
      )
    }
    return notes
  }

  var contrast: Section? {
    guard let contrast = report.contrast else { return nil }
    var table = TextTable(.left, .right, .right, .right, .right, .right, gap: 1)
    let (small, large) = (NumberText.shortest(contrast.small), NumberText.shortest(contrast.large))
    table.add(
      .init("measure", .faint), .init("at \(small)", .faint), .init("at \(large)", .faint), .init("difference", .faint),
      .init("95% interval", .faint), .init("larger", .faint))
    for row in contrast.rows {
      func figure(_ value: Double) -> TextTable.Cell { .init(NumberText.rounded(value, digits: 3)) }
      table.add(
        .init(row.measure.printable.shortened(to: 30)), figure(row.small), figure(row.large), figure(row.difference),
        .init(
          row.interval.map {
            "\(NumberText.rounded($0.lower, digits: 2)) … \(NumberText.rounded($0.upper, digits: 2))"
          } ?? "–"), .init(NumberText.percent(row.shareLarger)))
    }
    let name = contrast.hyperparameter.replacingUnderscores
    return Section(
      title: "Small against large \(name): \(small) against \(large)",
      notes: [
        "Means over pairs that agree in everything else; larger is the share of pairs in which the second is above."
      ] + [report.incomparableNote].compactMap { $0 }, table: table)
  }

  func text(_ estimate: Estimate, _ count: Int) -> String {
    NumberText.withError(estimate.value, estimate.halfWidth(count: count))
  }

  static func count(_ member: ComparisonReport.Member) -> Int {
    member.checkpoint.audit.minibatchCount - member.checkpoint.audit.zeroGradients
  }
}
