internal import ArgumentParser
internal import Checkpoint
internal import Regret
internal import Report

/// Audits checkpoint files and runs.
struct Inspect: ParsableCommand {
  static let name = "inspect 0.1.0"
  static let version =
    "\(name) (GradientProbe; BLAS: \(BLAS.kernel), \(BLAS.reason); bfloat16: \(Tiles.areAvailable ? "AMX tiles" : "no AMX tiles here"))"

  static let configuration = CommandConfiguration(
    commandName: "inspect",
    abstract: "How much do the minibatches of a training run disagree about where to go next?",
    usage: """
      inspect [<options>] <file or run directory> ...
      inspect <subcommand> ...
      """,
    discussion: """
      Reads checkpoint files of minibatch gradients and reports the regret of following one minibatch's gradient on \
      another, in a Euclidean ball and in a ball of symmetrised KL divergence. The model is not needed.

      Examples:
        inspect runs/digits                  a run, by step
        inspect a.h5 b.h5 --format json      several files, as JSON
        inspect runs/digits -o report.html   a page with charts
        inspect a.h5 --tensors 'layer4.*'    some tensors only
        inspect a.h5 --fail-above kl.held_out.regret=0.5

      A file that can't be read is told in one line; the others are reported.

      Exit status: 0; 1 bad file or failure; 2 a measure is above --fail-above; 64 wrong usage.
      """,
    version: version,
    subcommands: [
      ValidateCommand.self, CompareCommand.self, WatchCommand.self, ServeCommand.self, ExportCommand.self,
      PartialCommand.self, MergeCommand.self,
    ])

  @Argument(
    help: .init("Checkpoint files, and directories of them.", valueName: "path"),
    completion: .file(extensions: ["h5"]))
  var paths: [String]

  @OptionGroup(title: "Measuring") var auditing: AuditArguments
  @OptionGroup(title: "Output") var output: OutputArguments

  @Option(
    help: .init(
      "Exit with 2 where a measure is above a value; any path of the JSON. Repeatable.", valueName: "measure=value"))
  var failAbove: [Gate] = []

  @Flag(help: "Print the plan (solver, bytes to read, peak memory, BLAS kernel) without running it.")
  var explain = false

  func validate() throws {
    if explain && ![.text, .json].contains(output.format) {
      throw ValidationError("--explain prints text or json")
    }
    try Gate.check(failAbove)
  }

  func run() throws {
    try output.check(against: paths + [auditing.factors].compactMap { $0 })
    let auditor = Auditor(auditing, isQuiet: output.isQuiet, keepsArrays: output.format.hasArrays)
    var collector = ReportCollector(auditor)
    if explain {
      let plan = collector.plan(paths)
      if !plan.entries.isEmpty { try output.write(plan) }
    } else {
      collector.audit(paths)
      return try output.finish(collector.report, gates: failAbove)
    }
    try ExitStatus.report(failures: collector.report.failures, gates: [], checkpoints: [])
  }
}
