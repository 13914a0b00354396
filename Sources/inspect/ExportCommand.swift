internal import ArgumentParser
internal import Checkpoint
internal import CheckpointHDF5
internal import Report

/// Writes the matrices, spectra and tables behind a report.
struct ExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Write Q, cosine and regret matrices, spectra and tensor tables to an HDF5 file.",
    discussion: """
      The file has the groups euclidean, kl, held_out (each with regret and cosine [N, N], and minibatch, the rows of \
      /gradients that they belong to), spectrum, damping_path and tensors. What can't be computed is missing, or NaN \
      within an array.

      Examples:
        inspect export runs/digits/step-00000400.h5 -o arrays.h5
        inspect export a.h5 -o arrays.h5 --damping identity:0.1 --fisher exact
        python3 -c 'import h5py; print(h5py.File("arrays.h5")["kl/Q"][...])'
      """)

  @Argument(help: .init("A checkpoint file.", valueName: "file"), completion: .file(extensions: ["h5"]))
  var file: String

  @Option(name: .shortAndLong, help: .init("The file to write; one of that name is not replaced.", valueName: "path"))
  var output: String

  @OptionGroup(title: "Measuring") var auditing: AuditArguments

  @Flag(name: [.customShort("q"), .customLong("quiet")], help: "No progress and no warnings.")
  var isQuiet = false

  func validate() throws {
    guard ["h5", "hdf5"].contains(OutputFormat.ending(of: output)) else {
      throw ValidationError("export writes HDF5: name the file *.h5 or *.hdf5, not \(output.printable)")
    }
  }

  func run() throws {
    if let advice = Advice.exported(file) {
      Terminal.complain(advice)
      throw ExitStatus.failure
    }
    do throws(CheckpointError) { try OutputFile.checkNew(output) } catch {
      Terminal.complain("\(error)")
      throw ExitStatus.failure
    }
    var collector = ReportCollector(Auditor(auditing, isQuiet: isQuiet, keepsArrays: true))
    guard let checkpoint = collector.checkpoint(file) else { throw ExitStatus.failure }
    do throws(CheckpointError) {
      try ArrayFile.write(checkpoint.namedArrays, attributes: checkpoint.arrayAttributes, to: output)
    } catch {
      Terminal.complain("\(error)")
      throw ExitStatus.failure
    }
  }
}
