internal import ArgumentParser
internal import Checkpoint
internal import Regret

/// What is measured and how: options that several commands share.
struct AuditArguments: ParsableArguments {
  @Option(help: .init("The Fisher: exact, sampled, empirical or minibatch; the best in the file.", valueName: "kind"))
  var fisher: FisherKind?

  @Option(
    help: .init("auto (default), none, diagonal:ρ or identity:ρ with 0 < ρ ≤ 1.", valueName: "damping"))
  var damping: Damping = .auto

  @Option(
    help: .init(
      "Any of regret, held-out, path, tensors, fisher, separated by commas; all. The others are null.",
      valueName: "list"))
  var measures: MeasureList?

  @Option(help: .init("auto (default), gram, primal or cg.", valueName: "solver"))
  var solver: SolverChoice = .auto

  @Option(
    help: .init("Take the Fisher's factors from another checkpoint file at the same parameters.", valueName: "file"),
    completion: .file(extensions: ["h5"]))
  var factors: String?

  @Option(
    help: .init(
      "Only tensors whose whole name matches; * stands for any text, ? for one character. Repeatable.",
      valueName: "pattern"))
  var tensors: [TensorPattern] = []

  @Option(help: .init("Bound on resident memory, such as 2G; a quarter of the machine's.", valueName: "size"))
  var memory: MemorySize?

  var options: AuditOptions {
    AuditOptions(
      fisher: fisher, damping: damping, measures: measures?.measures, solver: solver,
      memoryBound: memory?.byteCount)
  }
}
