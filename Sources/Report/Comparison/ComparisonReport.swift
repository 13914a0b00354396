internal import Checkpoint
public import Comparison
internal import Regret

/// Trained models side by side, and whether their measures go with how well they generalise.
public struct ComparisonReport: Sendable {
  /// The name and version of the JSON's shape.
  public static let schema = "gradient-probe.comparison/1"

  /// One of the models.
  public struct Member: Sendable {
    /// What the user called it: a file or a run directory.
    public var name: String
    /// Its checkpoint; the last one of a run.
    public var checkpoint: CheckpointReport

    /// `checkpoint` called `name`.
    public init(name: String, checkpoint: CheckpointReport) {
      self.name = name
      self.checkpoint = checkpoint
    }
  }

  /// In the order given.
  public let members: [Member]
  /// Files that could not be audited.
  public let failures: [ReportFailure]
  /// The same as the comparison sees them.
  public let runs: [ComparedRun]
  /// Which measures can't be compared, and why.
  let comparability: Comparability
  /// All checkpoints of the runs among them, at the ρ of ``members``, for curves over steps; nil where there are none.
  public let history: Report?
  /// Paths of a checkpoint's JSON that tables have as columns; empty for those that are chosen for everybody.
  public let columns: [String]
  /// The measure that partial correlations were to be given.
  let given: String?
  /// Whether it was said which measures are held against the gap.
  let isChosen: Bool
  /// Rank correlations of every measure that can be compared with the generalization gap; nil where fewer than two models have one.
  public let correlations: CorrelationTable?
  /// Models at the smallest against those at the largest value of one hyperparameter.
  public let contrast: MatchedContrast?

  /// Compares `members`; `hyperparameter` names the one of the contrast, `gapMetric` the metric that stands for the gap. Measures
  /// in `correlating`, or all where it is empty, are held against the gap and contrasted; partial correlations are given the measure `given`.
  public init(
    _ members: [Member], failures: [ReportFailure] = [], contrasting hyperparameter: String = "batch_size",
    columns: [String] = [], correlating: [String] = [], given: String? = nil, history: Report? = nil,
    gapMetric: String? = nil,
    options: CorrelationTable.Options = .init()
  ) {
    self.members = members
    self.failures = failures
    runs = members.map { $0.checkpoint.compared(as: $0.name, gapMetric: gapMetric) }
    self.columns = columns
    self.given = given
    isChosen = !correlating.isEmpty
    self.history = history
    let comparability = Comparability(members)
    self.comparability = comparability
    let known = runs.count { $0.generalizationGap != nil }
    let comparable = runs.map { run in
      (correlating.isEmpty ? run : run.choosing(correlating)).keeping { comparability.reason($0) == nil }
    }
    let isKnown = given.map { comparability.reason($0) == nil } ?? false
    let values = runs.map { run in run.allMeasures.first { $0.name == given }?.estimate.value }
    correlations =
      known >= 2
      ? CorrelationTable(comparable, given: isKnown ? given : nil, values: values, options: options) : nil
    contrast = MatchedContrast(comparable, over: hyperparameter, options: options)
  }

  /// The measures that some of the models have.
  public var measureNames: Set<String> { Set(runs.flatMap { $0.allMeasures.map(\.name) }) }

  /// The measure that models are ranked by: the most trustworthy one whose values can be compared and that all of them
  /// have, else that most have.
  public var mainMeasure: String {
    let all = ["kl.estimate.regret", "kl.held_out.regret", "kl.in_sample.regret", "euclidean.regret"]
    let comparable = all.filter { name in
      incomparable(name) == nil && runs.contains { run in run.measures.contains { $0.name == name } }
    }
    let candidates = comparable.isEmpty ? all : comparable
    let counts = candidates.map { name in runs.count { run in run.measures.contains { $0.name == name } } }
    return zip(candidates, counts).first { $0.1 == runs.count }?.0
      ?? zip(candidates, counts).max { $0.1 < $1.1 }?.0 ?? candidates[0]
  }

  /// What a reader of the table should know.
  public var warnings: [String] {
    var warnings: [String] = []
    let audits = members.map(\.checkpoint.audit)
    if Comparability.differ(audits.map(\.batchSize)) {
      warnings.append(
        "Batch sizes differ, so regret, norm, cosine and coherence can't be compared; b·noise (TIC), the mean gradient's "
          + "square and the noise scale can.")
    }
    let others = Comparability.groupsOfOtherSizes(members)
    if !others.isEmpty {
      warnings.append(
        "Batch sizes of \(others.map(\.printable).joined(separator: ", ")) differ, so what crosses from or to them can't be "
          + "compared; losses can.")
    }
    let groups = Set(audits.map { $0.groups?.groups.map(\.name) })
    if groups.count > 1 {
      let references = Set(audits.map { $0.groups.map { $0.groups[$0.reference].title } ?? "all their minibatches" })
      warnings.append(
        "They tell of different groups of minibatches"
          + (references.count > 1
            ? ", and their first numbers are of \(references.sorted().joined(separator: ", ")): choose one with --reference."
            : "."))
    }
    if Set(audits.map { $0.kl?.fisher.rawValue ?? "none" }).count > 1 {
      warnings.append(
        "Their Fishers are of different kinds, so the KL ball and the Fisher can't be compared: choose one with --fisher."
      )
    }
    if Set(members.map(\.checkpoint.description.run)).count < members.count {
      warnings.append(
        "Some are checkpoints of one run, so they are not independent: p-values and intervals come out too small.")
    }
    let weights = Set(audits.compactMap { $0.kl?.damping.weight })
    if weights.count > 1 {
      warnings.append(
        "Their KL regrets are at different ρ, from \(NumberText.rounded(weights.min()!, digits: 3)) to "
          + "\(NumberText.rounded(weights.max()!, digits: 3)), and can't be compared: without --own-damping one is taken for "
          + "all.")
    }
    let likelihoods = Set(members.map(\.checkpoint.description.likelihood.rawValue)).sorted()
    if likelihoods.count > 1 {
      warnings.append(
        "Their losses are of different kinds (\(likelihoods.joined(separator: ", "))), so their nats differ and can't be compared."
      )
    }
    if Set(audits.map(\.minibatchCount)).count > 1 {
      warnings.append(
        "They hold different numbers of minibatches, so what depends on the Fisher's rows can't be compared: the KL ball in "
          + "sample and held-out, and the Fisher's spectrum.")
    } else if Comparability.differInRows(members) {
      warnings.append(
        "Their Fishers are made of different numbers of factor rows, so the KL ball in-sample and held-out and the Fisher's "
          + "spectrum can't be compared; the estimate can.")
    }
    if runs.first?.gapMetric == nil {
      let recorded = runs.filter { $0.generalizationGap != nil }.map { $0.metrics["generalization_gap"] != nil }
      if Set(recorded).count > 1 {
        warnings.append(
          "The gap is the metric generalization_gap of \(recorded.count { $0 }) of them and validation loss − training loss of "
            + "\(recorded.count { !$0 }): they may be of different kinds. Choose one metric with --gap.")
      }
    }
    let partial = members.filter(\.checkpoint.description.isPartial).map(\.name.printable)
    if !partial.isEmpty {
      warnings.append(
        "Partial, for want of a whole checkpoint: \(partial.prefix(4).joined(separator: ", "))"
          + (partial.count > 4 ? " and \(partial.count - 4) more" : "") + ". They lack rows that were to be written.")
    }
    if let given, correlations != nil, correlations?.given == nil {
      warnings.append(
        "--given \(given.printable) can't be taken, since its values can't be compared: "
          + "\(incomparable(given) ?? "no model has it").")
    }
    return warnings
  }
}

extension ComparisonReport {
  /// What the gap is called, and whether it comes from the metrics as it is.
  var gapName: String {
    if let name = runs.first?.gapMetric { return name.printable }
    return members.contains { $0.checkpoint.description.metrics["generalization_gap"] != nil }
      ? "generalization gap" : "validation loss − training loss"
  }

  /// What the models are called: their runs' recorded names, else what the user called them; equal ones are told apart.
  var titles: [String] {
    let paths = shortNames
    let recorded = members.map { RunName.recorded($0.checkpoint) }
    return zip(recorded, paths).map { name, path in
      guard let name else { return path }
      return recorded.count { $0 == name } > 1 ? "\(name) (\(path))" : name
    }
  }

  /// Names without what all of them begin with.
  private var shortNames: [String] {
    guard members.count > 1 else { return members.map(\.name) }
    let parts = members.map { $0.name.split(separator: "/", omittingEmptySubsequences: false) }
    var shared = 0
    while let first = parts[0].dropLast().dropFirst(shared).first,
      parts.allSatisfy({ $0.count > shared + 1 && $0[shared] == first })
    {
      shared += 1
    }
    return parts.map { $0.dropFirst(shared).joined(separator: "/") }
  }
}
