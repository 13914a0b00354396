internal import ArgumentParser
internal import Checkpoint
internal import Regret
internal import Report

/// Puts trained models side by side.
struct CompareCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare",
    abstract: "Put runs or files side by side, ranked, and correlate their measures with how they generalise.",
    discussion: """
      A run stands for its last checkpoint; the page and --figure share, euclidean, norm or noise draw all checkpoints of up \
      to eight runs over each other, at the same ρ. A directory of run directories stands for all of them. Where the metrics \
      hold generalization_gap, or validation_loss and train_loss, every measure's Kendall's τ with the gap is given \
      with a permutation p-value and a bootstrap interval; where they hold hyperparameter.…, τ among runs that differ \
      in one of them only. Of values that can't be compared (audited with batches of other sizes, another Fisher or \
      another ρ) no verdict is given. Runs are called by their recorded names, else by their paths.

      Examples:
        inspect compare runs/small-batch runs/large-batch
        inspect compare runs/study -o study.html
        inspect compare a.h5 b.h5 c.h5 --format json
        inspect compare runs/study --correlate kl.held_out.regret,euclidean.regret --format svg -o study.svg
        inspect compare runs/study --columns configuration.lr,euclidean.regret,metrics.validation_loss
      """)

  @Argument(
    help: .init("Runs, checkpoint files, or a directory of runs.", valueName: "path"),
    completion: .file(extensions: ["h5"]))
  var paths: [String]

  @Option(
    help: .init(
      "The hyperparameter whose smallest and largest values are contrasted (default: batch_size).", valueName: "name"))
  var contrast: String?

  @Option(
    help: .init(
      "The metric that measures are correlated with, its standard error the metric NAME_error; by default "
        + "generalization_gap.", valueName: "name"))
  var gap: String?

  @Option(
    help: .init(
      "The measures that are correlated with the gap, separated by commas; by default all, of which chance finds more.",
      valueName: "paths"))
  var correlate: String?

  @Option(
    help: .init(
      "A measure that partial correlations are given, such as transfer.train.validation.loss_excess: what others say of the gap "
        + "beyond it.", valueName: "path"))
  var given: String?

  @Option(
    help: .init(
      "What tables and CSV have as columns, separated by commas: paths of the JSON, as --fail-above takes them, and "
        + "metrics.…, configuration.… and name.", valueName: "paths"))
  var columns: String?

  @OptionGroup(title: "Measuring") var auditing: AuditArguments
  @OptionGroup(title: "Output") var output: OutputArguments

  private var chosenColumns: [String] { Self.paths(columns) }
  private var correlated: [String] { Self.paths(correlate) }

  /// Those of a list separated by commas; none where it is not told.
  private static func paths(_ list: String?) -> [String] {
    list.map { $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init) } ?? []
  }

  func validate() throws {
    if correlated.contains("") { throw ValidationError("--correlate: a measure without a name") }
    guard let unknown = chosenColumns.first(where: { !ComparisonColumn.isPossible($0) }) else { return }
    throw ValidationError(
      "--columns: no checkpoint's JSON has a value at \"\(unknown.printable)\"; there are kl.estimate.cosine, "
        + "euclidean.regret, metrics.train_loss, configuration.lr and the like")
  }

  /// Runs beyond which curves would hide each other, and take long.
  private static let curveLimit = 8

  /// All checkpoints of the runs that `members` are of, at the same ρ; nil of more than eight runs, or where there is one
  /// checkpoint of each.
  private func history(of members: [ComparisonReport.Member], _ auditor: Auditor) -> Report? {
    let runs = members.map(\.name).filter(RunFiles.isDirectory)
    guard !runs.isEmpty, runs.count <= Self.curveLimit else { return nil }
    var auditor = auditor
    if auditor.sharesDamping, let weight = members[0].checkpoint.audit.kl?.damping.weight {
      auditor.options.damping = .diagonal(weight)
      auditor.sharesDamping = false
    }
    var collector = ReportCollector(auditor)
    collector.audit(runs)
    return collector.report.checkpoints.count > runs.count ? collector.report : nil
  }

  func run() throws {
    try output.check(against: paths + [auditing.factors].compactMap { $0 })
    var auditing = auditing
    // The table of tensors is not compared, and the damping path tells little more. What some file cannot tell is left out.
    let isChosen = auditing.measures != nil
    if !isChosen { auditing.measures = MeasureList(argument: "regret,held-out,fisher,estimate,parameters") }
    var auditor = Auditor(auditing, isQuiet: output.isQuiet)
    auditor.options.findsSupport = false
    auditor.options.leavesOutUnreachable = !isChosen
    var collector = ReportCollector(auditor)
    let members = collector.members(paths)
    guard members.count >= 2 else {
      if collector.report.failures.isEmpty {
        Terminal.complain("\(paths.joined(separator: ", ")): one model only: at least two can be compared")
      }
      throw ExitStatus.failure
    }
    if let gap, !members.contains(where: { $0.checkpoint.description.metrics[gap] != nil }) {
      Terminal.complain("--gap: no file has the metric \"\(gap.printable)\"")
      throw ExitStatus.failure
    }
    if let contrast, members.allSatisfy({ $0.checkpoint.description.metrics["hyperparameter." + contrast] == nil }) {
      Terminal.complain("--contrast: no file has the metric \"hyperparameter.\(contrast.printable)\"")
      throw ExitStatus.failure
    }
    let report = ComparisonReport(
      members, failures: collector.report.failures, contrasting: contrast ?? "batch_size", columns: chosenColumns,
      correlating: correlated, given: given, history: output.format.hasArrays ? history(of: members, auditor) : nil,
      gapMetric: gap)
    let told = correlated.map { ("--correlate", $0) } + (given.map { [("--given", $0)] } ?? [])
    if let (option, unknown) = told.first(where: { !report.measureNames.contains($0.1) }) {
      Terminal.complain(
        "\(option): no file has the measure \"\(unknown.printable)\"; --format csv lists them, and --measures says which are made"
      )
      throw ExitStatus.failure
    }
    switch output.format {
    case .json: try output.write(report.json.text + "\n")
    case .csv: try output.write(report.csv)
    case .html: try output.write(report.html)
    case .svg:
      guard let chart = report.chart(output.figure) else {
        Terminal.complain("there are no data for the figure \(output.figure?.rawValue ?? "correlations")")
        throw ExitStatus.failure
      }
      try output.write(chart.svg)
    case .text: try output.write(report.text(output.textOptions))
    }
    if !report.failures.isEmpty { throw ExitStatus.failure }
  }
}
