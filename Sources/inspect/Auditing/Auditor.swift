internal import Checkpoint
internal import Regret
internal import Report

/// Opens checkpoint files and audits them as the options say.
struct Auditor {
  let options: AuditOptions
  let patterns: [TensorPattern]
  let factors: String?
  let leavesOutNonFinite: Bool
  /// Whether files that are compared share one ρ.
  let sharesDamping: Bool
  let isQuiet: Bool
  private let progress: Progress?

  /// `keepsArrays` asks for the matrices and spectra that figures show.
  init(_ arguments: AuditArguments, isQuiet: Bool, keepsArrays: Bool = false) {
    var options = arguments.options
    options.keepsArrays = keepsArrays
    let progress = Progress(isQuiet: isQuiet)
    if let progress { options.progress = { done, total in progress.update(done: done, total: total) } }
    self.progress = progress
    self.options = options
    patterns = arguments.tensors
    factors = arguments.factors
    leavesOutNonFinite = arguments.leaveOutNonFinite
    sharesDamping = arguments.damping == .auto && !arguments.ownDamping
    self.isQuiet = isQuiet
  }

  /// The audit of `file`, at the ρ of `shared` where there is one. Throws ``CheckpointError`` or ``AuditError``.
  func audit(_ file: String, _ shared: SharedDamping? = nil) throws -> CheckpointReport {
    let checkpoint = try openCheckpoint(file)
    let input = try input(checkpoint)
    progress?.start(file)
    defer { progress?.finish() }
    var audit: Audit
    do {
      var options = options
      if let shared { options.damping = .diagonal(shared.weight) }
      audit = try Audit(of: leavesOutNonFinite ? input.leavingOutNonFinite() : input, options: options)
      audit.kl?.damping.ownWeight = shared?.own[file]
    } catch let error as CheckpointError {
      guard case .nonFinite(let object, _) = error.cause else { throw error }
      let reason = "\(error.cause)".dropFirst(object.count + 2)
      throw CheckpointError(
        file: error.file, cause: .invalid(object: object, reason: "\(reason) (--leave-out-non-finite goes on without)"))
    }
    return CheckpointReport(
      file: file, isVerified: audit.isVerified, description: checkpoint.description,
      tensorSelection: patterns.isEmpty ? nil : patterns.map(\.text).joined(separator: ", "),
      factorsFile: factors, audit: audit)
  }

  /// What `file` says of itself, and the ρ that `auto` gives it.
  func automaticWeight(_ file: String) throws -> (description: CheckpointDescription, weight: Double?) {
    let checkpoint = try openCheckpoint(file)
    var input = try input(checkpoint, isQuiet: true)
    progress?.start(file)
    defer { progress?.finish() }
    if leavesOutNonFinite { input = try input.leavingOutNonFinite() }
    return (checkpoint.description, try Audit.automaticWeight(of: input, options: options))
  }

  /// How `file` would be audited. Throws ``CheckpointError`` or ``AuditError``.
  func plan(_ file: String) throws -> PlanSummary {
    try Audit.plan(of: try input(try openCheckpoint(file)), options: options)
  }

  /// The rows that the options ask for.
  private func input(_ checkpoint: OpenCheckpoint, isQuiet: Bool? = nil) throws(CheckpointError) -> AuditInput {
    var input = try AuditInput(checkpoint)
    if let factors {
      let borrowed = try BorrowedFactors(from: factors, for: checkpoint)
      input.factors = borrowed.rows
      if !borrowed.hasSameMinibatches && !(isQuiet ?? self.isQuiet) {
        Terminal.complain(
          "\(factors): warning: its minibatches are not those of \(checkpoint.path), so nothing is measured held-out")
      }
    }
    guard !patterns.isEmpty else { return input }
    guard let selected = input.selecting({ tensor in patterns.contains { $0.matches(tensor.name) } }) else {
      let names = input.tensors.prefix(6).map(\.name).joined(separator: ", ") + (input.tensors.count > 6 ? ", …" : "")
      throw CheckpointError(
        file: checkpoint.path,
        cause: .invalid(object: "--tensors", reason: "no tensor's name matches (there are: \(names))"))
    }
    return selected
  }
}
