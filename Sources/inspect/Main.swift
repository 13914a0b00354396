internal import ArgumentParser
internal import Regret

/// What follows `inspect` is a file or directory unless it is the name of a subcommand, and the audit's own options
/// stand beside the list of subcommands in its help: the argument parser's default subcommand gives only the first.
@main
enum Main {
  static func main() {
    if let command = DescribeProcess.command { DescribeProcess.run(command) }
    Terminal.ignoreBrokenPipes()
    let arguments = Array(CommandLine.arguments.dropFirst())
    let names = Subcommands.configuration.subcommands.compactMap { $0.configuration.commandName } + ["help"]
    Ranks.warn()
    let isSubcommand = arguments.first.map(names.contains) ?? false
    if let link = Ranks.link {
      if isSubcommand && link.rank == 0 {
        Ranks.abort("\(arguments[0]): ranks share out audits alone: call it without mpirun")
      }
      Ranks.run(link, arguments)
    }
    if isSubcommand, arguments != ["help"] {
      Subcommands.main(arguments)
    } else if let first = arguments.first, arguments != ["help"],
      let advice = Advice.subcommand(for: first, among: names)
    {
      Terminal.complain(advice)
      Inspect.exit(withError: ExitCode.validationFailure)
    } else {
      Inspect.main(arguments == ["help"] ? ["--help"] : arguments)
    }
  }

  /// The subcommands without the audit's arguments.
  private struct Subcommands: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "inspect", abstract: Inspect.configuration.abstract, version: Inspect.version,
      subcommands: Inspect.configuration.subcommands)
  }
}
