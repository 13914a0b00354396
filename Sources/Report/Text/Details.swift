internal import Checkpoint
internal import Landscape
internal import Regret

/// All numbers of one checkpoint that the first screen leaves out.
struct Details {
  let checkpoint: CheckpointReport
  let options: TextOptions
  /// Whether long tables are told whole.
  let isWhole: Bool

  init(_ checkpoint: CheckpointReport, _ options: TextOptions, isWhole: Bool = false) {
    self.checkpoint = checkpoint
    self.options = options
    self.isWhole = isWhole
  }

  private var audit: Audit { checkpoint.audit }

  /// A table with its heading and a remark; the first row is the table's header.
  typealias Section = (title: String, note: String, table: TextTable)

  /// All tables that there are numbers for.
  var tables: [Section] {
    [minibatches, statistics, parameters, metric, fisher, path, slices, metrics].compactMap { $0 }
  }

  var lines: [String] {
    tables.flatMap { title, note, table in
      let heading = options.styled(title, .bold)
      let isShort = title.terminalWidth + 2 + note.terminalWidth <= options.width
      return
        (isShort || note.isEmpty
        ? ["", heading + (note.isEmpty ? "" : options.styled("  " + note, .faint))]
        : ["", heading] + options.wrapped(note, first: "  ", rest: "  ").map { options.styled($0, .faint) })
        + table.lines(options).drop { $0.isEmpty }
    }
  }

  private var minibatches: Section? {
    guard let rows = MinibatchRows(checkpoint) else { return nil }
    let tables = MinibatchTables(rows: rows)
    let (table, left) = isWhole ? (tables.whole, 0) : tables.short
    return (
      MinibatchTables.title,
      tables.note + (left > 0 ? "; \(NumberText.count(left)) more in --format csv, json or html" : ""), table
    )
  }

  private var statistics: Section? {
    guard audit.euclidean != nil || audit.kl?.inSample != nil else { return nil }
    var table = TextTable(.left, .right, .right, .left)
    table.dispensable = [3]
    table.add("", .init("Euclidean", .faint), .init("KL, in-sample", .faint), "")
    func add(_ name: String, _ unit: String, _ text: (PairStatistics) -> String) {
      table.add(
        .init(name), .init(audit.euclidean.map(text) ?? "–"), .init(audit.kl?.inSample.map(text) ?? "–"),
        .init(unit, .faint))
    }
    func estimate(_ estimate: Estimate?) -> String { estimate?.text ?? "–" }
    add("norm", "mean over minibatches") { estimate($0.norm) }
    add("rms norm", "") { NumberText.rounded($0.rmsNorm) }
    add("Jensen ratio", "norm ÷ rms norm, at most 1") { NumberText.rounded($0.jensenRatio) }
    add("relative regret", "regret ÷ norm") { NumberText.rounded($0.relativeRegret) }
    add("‖mean gradient‖²", "unbiased") { estimate($0.meanGradientSquare) }
    add("noise", "tr Cov(g)") { NumberText.rounded($0.noise) }
    add("coherence", "") { estimate($0.coherence) }
    add("contrast", "1 ÷ coherence") { $0.contrast.map { NumberText.rounded($0) } ?? "–" }
    add("noise scale", "examples") { estimate($0.noiseScale) }
    add("TIC", "tr(A⁻¹C)") { $0.tic.map { NumberText.rounded($0) } ?? "–" }
    func addRelated(_ name: String, _ note: String, _ text: (RelatedStatistics) -> String) {
      guard let related = audit.related else { return }
      table.add(
        .init(name), .init(related.euclidean.map(text) ?? "–"), .init(related.inSample.map(text) ?? "–"),
        .init(note, .faint))
    }
    addRelated("median regret", "over pairs") { NumberText.rounded($0.regret.median) }
    addRelated("geometric mean", "of regrets, over pairs") { estimate($0.regret.geometricMean) }
    addRelated("on the mean", "regret on the mean of the others") { estimate($0.regretOnMean) }
    addRelated("regret ratio", "on another ÷ on the mean") { estimate($0.regretRatio) }
    addRelated("disparity", "mean ‖g_i − g_j‖") { estimate($0.disparity) }
    addRelated("one-step ratio", "1 ÷ (1 + noise scale ÷ examples)") { estimate($0.oneStepRatio) }
    addRelated("stiffness", "mean sign of g_i·g_j") { estimate($0.stiffness) }
    return ("Statistics of the gradients", "", table)
  }

  private var parameters: Section? {
    guard let found = audit.related?.parameters else { return nil }
    var table = TextTable(.left, .right, .left)
    table.dispensable = [2]
    table.add("", "", "")
    func add(_ name: String, _ value: Estimate?, _ note: String) {
      table.add(.init(name), .init(value?.text ?? "–"), .init(note, .faint))
    }
    add("signal to noise", found.signalToNoise, "of an example's gradient, mean over parameters")
    add("Fisher–Rao norm²", found.fisherRao, "θᵀFθ")
    add("relative flatness", found.relativeFlatness, "mean ‖WᵀA‖² over factors, tensors added up")
    add("last tensor's", found.lastRelativeFlatness, found.tensors.last?.name.printable ?? "")
    return (
      "Parameters", found.fisherRao == nil && found.signalToNoise != nil ? "what takes θ is not known" : "", table
    )
  }

  private var metric: Section? {
    guard let kl = audit.kl else { return nil }
    var table = TextTable(.left, .right, .left)
    table.dispensable = [2]
    table.add("", "", "")
    if let estimate = kl.estimate {
      func add(_ name: String, _ value: Estimate?, _ note: String) {
        table.add(.init(name), .init(value?.text ?? "–"), .init(note, .faint))
      }
      let note = estimate.isSupported ? "" : "not supported by the factors"
      add("norm", estimate.norm, note)
      add("relative regret", estimate.relativeRegret, note)
      add("TIC", estimate.tic, note)
      add("noise scale", estimate.noiseScale, "examples")
      table.add(
        "capped", .init(NumberText.percent(estimate.capped)), .init("of the trace; at most 25%", .faint))
      table.add(
        "thin", .init(estimate.thin.map { NumberText.percent($0) } ?? "–"),
        .init("of the gradients; at most 3%", .faint))
    }
    if let tic = kl.heldOut?.tic {
      table.add(
        "TIC held-out",
        .init(tic.text), "")
    }
    if let outside = kl.outsideRange {
      table.add("outside the range", .init(NumberText.percent(outside)), .init("of the gradients' square", .faint))
    }
    table.add("dead coordinates", .init(NumberText.percent(kl.dead)), .init("of the gradients' square", .faint))
    if kl.zeroGradients > 0 { table.add("zero in this metric", .init(NumberText.count(kl.zeroGradients)), "gradients") }
    return ("The KL metric", "", table)
  }

  private var fisher: Section? {
    guard let fisher = audit.fisher else { return nil }
    var table = TextTable(.left, .right, .left)
    table.dispensable = [2]
    table.add("", "", "")
    func add(_ name: String, _ value: Double?, _ note: String = "") {
      table.add(.init(name), .init(value.map { NumberText.rounded($0) } ?? "–"), .init(note, .faint))
    }
    add("trace", fisher.trace)
    add("largest eigenvalue", fisher.largestEigenvalue)
    add("Frobenius norm", fisher.frobenius)
    add("effective rank", fisher.effectiveRank, "trace² ÷ Frobenius²")
    if let contrast = fisher.contrast {
      add("contrast λ₁", contrast.largestEigenvalue, "one minibatch's against all")
      add("contrast Frobenius", contrast.frobenius)
      add("contrast λ₁, normalised", contrast.largestEigenvalueNormalized, "where diag F = 1")
      add("contrast Frobenius, norm.", contrast.frobeniusNormalized)
      add("log-volume gap", contrast.logVolumeGap)
    }
    return ("The Fisher", "\(fisher.kind.rawValue); depends on the parametrisation", table)
  }

  private var path: Section? {
    guard let path = audit.dampingPath, !path.isEmpty else { return nil }
    let largest = path.compactMap(\.regret).max() ?? 1
    var table = TextTable(.right, .right, .right, .right, .left)
    table.dispensable = [4]
    table.add(.init("ρ", .faint), .init("regret", .faint), .init("cosine", .faint), .init("norm", .faint), "")
    for point in path {
      func text(_ value: Double?) -> TextTable.Cell { .init(value.map { NumberText.rounded($0) } ?? "–") }
      table.add(
        .init(NumberText.shortest(point.weight)), text(point.regret), text(point.cosine), text(point.norm),
        .init(bar: (point.regret ?? 0) / largest, width: 24))
    }
    return ("Damping path", "in-sample; a measure that turns with ρ is not a finding", table)
  }

  private var slices: Section? {
    guard !checkpoint.slices.isEmpty else { return nil }
    var table = TextTable(.left, .right, .right, .right, .right, .right)
    table.add(
      .init("slice", .faint), .init("sharpness", .faint), .init("minibatch", .faint), .init("ratio", .faint),
      .init("spread", .faint), .init("regret", .faint))
    for slice in checkpoint.slices {
      let summary = SurfaceSummary(slice.surface)
      func text(_ value: Double?) -> TextTable.Cell { .init(value.map { NumberText.rounded($0, digits: 3) } ?? "–") }
      table.add(
        .init(slice.name.printable.shortened(to: 24)), text(summary?.sharpness), text(summary?.minibatchSharpness),
        text(summary?.contrast), text(summary?.minimumSpread),
        .init(summary?.regretText ?? "–"))
    }
    return ("Loss surfaces", "of the mean loss, of single minibatches; where these are least [nats]", table)
  }

  private var metrics: Section? {
    guard !checkpoint.description.metrics.isEmpty else { return nil }
    var table = TextTable(.left, .right)
    table.add("", "")
    for (name, value) in checkpoint.description.metrics.sorted(by: { $0.key < $1.key }) {
      table.add(.init(name.printable.shortened(to: 40)), .init(NumberText.rounded(value)))
    }
    return ("Metrics kept by the run", "", table)
  }
}
