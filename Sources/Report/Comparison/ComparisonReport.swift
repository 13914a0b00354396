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
  /// Rank correlations of every measure with the generalization gap; nil where fewer than two models have one.
  public let correlations: CorrelationTable?
  /// Models at the smallest against those at the largest value of one hyperparameter.
  public let contrast: MatchedContrast?

  /// Compares `members`; `hyperparameter` names the one of the contrast.
  public init(
    _ members: [Member], failures: [ReportFailure] = [], contrasting hyperparameter: String = "batch_size",
    options: CorrelationTable.Options = .init()
  ) {
    self.members = members
    self.failures = failures
    runs = members.map { $0.checkpoint.compared(as: $0.name) }
    let known = runs.count { $0.generalizationGap != nil }
    correlations = known >= 2 ? CorrelationTable(runs, options: options) : nil
    contrast = MatchedContrast(runs, over: hyperparameter, options: options)
  }

  /// The measure that models are ranked by: the most trustworthy one that all of them have, else that most have.
  public var mainMeasure: String {
    let candidates = ["kl.estimate.regret", "kl.held_out.regret", "kl.in_sample.regret", "euclidean.regret"]
    let counts = candidates.map { name in runs.count { run in run.measures.contains { $0.name == name } } }
    return zip(candidates, counts).first { $0.1 == runs.count }?.0
      ?? zip(candidates, counts).max { $0.1 < $1.1 }?.0 ?? candidates[0]
  }

  /// What a reader of the table should know.
  public var warnings: [String] {
    var warnings: [String] = []
    let audits = members.map(\.checkpoint.audit)
    if Set(audits.map(\.batchSize)).count > 1 {
      warnings.append(
        "Batch sizes differ, so regret, norm, cosine and coherence can't be compared; b·noise (TIC), the mean gradient's "
          + "square and the noise scale can.")
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
      warnings.append("Their Fishers are of different kinds: choose one with --fisher.")
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
        "Their losses are of different kinds (\(likelihoods.joined(separator: ", "))), so their nats differ.")
    }
    if Set(audits.map(\.minibatchCount)).count > 1 {
      warnings.append("They hold different numbers of minibatches.")
    }
    return warnings
  }
}

extension ComparisonReport {
  /// What the gap is called, and whether it comes from the metrics as it is.
  var gapName: String {
    members.contains { $0.checkpoint.description.metrics["generalization_gap"] != nil }
      ? "generalization gap" : "validation loss − training loss"
  }

  /// Names without what all of them begin with.
  var shortNames: [String] {
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
