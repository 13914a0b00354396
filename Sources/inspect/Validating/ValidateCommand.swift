internal import ArgumentParser
internal import Checkpoint
internal import Report

/// Checks files without measuring anything.
struct ValidateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "validate",
    abstract: "Check the format, checksums and order of checkpoint files, and of slices beside them.",
    discussion: """
      Reads every number of each file once. Prints a line for each finding: its SHA-256; a note where something that \
      other programs left out limits what can be told; a fault where something is wrong. In a directory, the numbers \
      and steps of each run are checked too, and that each slice (*.slice.h5) belongs to a checkpoint there.

      Exit status: 0 without faults, 1 with.
      """)

  @Argument(
    help: .init("Checkpoint or slice files, and directories of them.", valueName: "path"),
    completion: .file(extensions: ["h5"]))
  var paths: [String]

  func run() throws {
    var faultCount = 0
    for path in paths {
      let findings = Validation.findings(in: path)
      for finding in findings { try Terminal.print(finding.line.printable + "\n") }
      let faults = findings.count { $0.kind == .fault }
      if faults > 0 { Terminal.complain("\(path): \(faults == 1 ? "1 fault" : "\(faults) faults")") }
      faultCount += faults
    }
    if faultCount > 0 { throw ExitStatus.failure }
  }
}
