internal import ArgumentParser
internal import Checkpoint
internal import Regret

/// What is measured and how: options that several commands share.
struct AuditArguments: ParsableArguments {
  @Option(help: .init("Which Fisher; by default the best that the file holds.", valueName: "kind"))
  var fisher: FisherKind?

  @Option(
    help: .init("auto, none, diagonal:ρ or identity:ρ with 0 < ρ ≤ 1.", valueName: "damping"))
  var damping: Damping = .auto

  @Flag(
    help: """
      Audit each file at the ρ that auto gives it. By default several files take the largest of theirs, since regrets at \
      different ρ can't be compared.
      """)
  var ownDamping = false

  @Option(
    help: .init(
      "What to compute, separated by commas; the rest is null. By default all that is affordable.",
      valueName: "list"))
  var measures: MeasureList?

  @Option(help: .init("How the inverse is applied; auto takes the cheapest that fits in memory.", valueName: "solver"))
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

  @Option(
    help: .init(
      "The group of minibatches that the headline numbers are of; by default the file's first.", valueName: "name"))
  var reference: String?

  @Option(
    help: .init(
      "The group whose inputs the Fisher is of, or all; by default the reference.", valueName: "name|all"))
  var fisherGroup: FisherGroup = .reference

  @Option(
    help: .init(
      "Which pairs of groups JSON and CSV list where there are more than 32: some, those of the largest and smallest excess, or all.",
      valueName: "pairs"))
  var transfer: TransferListing = .affordable

  @Flag(
    help: """
      Leave out gradients that hold values that are not finite, their factors, and such factors, and say which. Takes \
      another reading of the file.
      """)
  var leaveOutNonFinite = false

  @Option(help: .init("Bound on resident memory, such as 2G; a quarter of the machine's.", valueName: "size"))
  var memory: MemorySize?

  @Flag(help: "Neither look for the audit among those done before nor keep it (SECURITY.md says where they are).")
  var noCache = false

  var options: AuditOptions {
    AuditOptions(
      fisher: fisher, damping: damping, measures: measures?.measures, solver: solver,
      memoryBound: memory?.byteCount, reference: reference, fisherGroup: fisherGroup)
  }
}
