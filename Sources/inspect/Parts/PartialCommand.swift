public import ArgumentParser
public import Regret
internal import Report

/// Adds up a share of the columns, for files that one machine reads too slowly.
struct PartialCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "partial",
    abstract: "Add up one share of the parameters, for inspect merge to report from all shares.",
    discussion: """
      Reads one of several equal shares of the columns of each checkpoint and writes its sums, (N+M)² numbers and as many \
      for each tensor in it, to a file of its own. Parts may be made one after another or at the same time, on as many \
      machines as see the files; inspect merge makes of them the report that inspect would have made of the files. A part \
      that is there already is not made again.

      Examples:
        for i in 1 2 3 4; do inspect partial runs/big --part $i/4 -o part-$i.h5; done
        inspect partial runs/big --part $SLURM_ARRAY_TASK_ID/16 -o part-$SLURM_ARRAY_TASK_ID.h5
        inspect merge part-*.h5
      """)

  @Argument(
    help: .init("Checkpoint files, and directories of them.", valueName: "path"),
    completion: .file(extensions: ["h5"]))
  var paths: [String]

  @Option(help: .init("Which share, 1/16 to 16/16 where there are 16.", valueName: "number/count"))
  var part: ColumnShare

  @Option(name: .shortAndLong, help: .init("The part file to write, *.h5.", valueName: "path"))
  var output: String

  @Flag(help: "Form products in double precision, where merge says that float32 lacks the digits.")
  var double = false

  @OptionGroup(title: "Measuring") var auditing: AuditArguments

  @Flag(name: [.customShort("q"), .customLong("quiet")], help: "No progress and no words.")
  var isQuiet = false

  func validate() throws {
    guard ["h5", "hdf5"].contains(OutputFormat.ending(of: output)) else {
      throw ValidationError("partial writes HDF5: name the file *.h5 or *.hdf5, not \(output.printable)")
    }
    if auditing.leaveOutNonFinite {
      throw ValidationError(
        "--leave-out-non-finite needs all columns, which partial does not read: inspect the file itself")
    }
  }

  func run() throws {
    do {
      let maker = PartMaker(Auditor(auditing, isQuiet: isQuiet), PartSettings(auditing), part, isDouble: double)
      let isNew = try maker.make(paths, output)
      if !isNew && !isQuiet { Terminal.complain("\(output): part \(part.number) of \(part.count) is there already") }
    } catch {
      Terminal.complain("\(error)")
      throw ExitStatus.failure
    }
  }
}

extension ColumnShare: ExpressibleByArgument {
  /// `NUMBER/COUNT`.
  public init?(argument: String) {
    let numbers = argument.split(separator: "/", omittingEmptySubsequences: false).map { Int($0) }
    guard numbers.count == 2, let number = numbers[0], let count = numbers[1] else { return nil }
    self.init(number, of: count)
  }
}
