internal import ArgumentParser
internal import Checkpoint
internal import Regret
internal import Report

/// Reports from the sums that inspect partial wrote.
struct MergeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "merge",
    abstract: "Report from all parts that inspect partial wrote, as if one process had read the files.",
    discussion: """
      The parts carry what they are sums of, so that neither the checkpoints nor the options are needed again, and their \
      order does not matter. A part that is missing, doubled or foreign is named, and nothing is reported.

      Examples:
        inspect merge part-*.h5
        inspect merge part-*.h5 -o report.html
      """)

  @Argument(help: .init("All parts.", valueName: "part"), completion: .file(extensions: ["h5"]))
  var parts: [String]

  @Option(help: .init("Bound on resident memory, such as 2G; a quarter of the machine's.", valueName: "size"))
  var memory: MemorySize?

  @OptionGroup(title: "Output") var output: OutputArguments

  @Option(
    help: .init(
      "Exit with 2 where a measure is above a value; any path of the JSON. Repeatable.", valueName: "measure=value"))
  var failAbove: [Gate] = []

  func validate() throws { try Gate.check(failAbove) }

  func run() throws {
    try output.check(against: parts)
    let set: PartSet
    do throws(PartSet.Faults) { set = try PartSet(parts) } catch {
      for line in error.lines { Terminal.complain(line) }
      throw ExitStatus.failure
    }
    let auditor = Auditor(
      try set.header.settings.arguments(memory: memory), isQuiet: output.isQuiet, keepsArrays: output.format.hasArrays,
      parts: set)
    var collector = ReportCollector(auditor)
    collector.audit(set.header.paths.map { ($0.path, $0.files, $0.isDirectory) })
    try output.finish(collector.report, gates: failAbove)
  }
}
