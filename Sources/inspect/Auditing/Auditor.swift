internal import Checkpoint
internal import Regret
internal import Report

/// Opens checkpoint files and audits them as the options say.
struct Auditor: Sendable {
  var options: AuditOptions
  let patterns: [TensorPattern]
  let factors: String?
  let leavesOutNonFinite: Bool
  /// Whether files that are compared share one ρ.
  var sharesDamping: Bool
  let listsAllTransfers: Bool
  let isQuiet: Bool
  /// Audits done before; nil for none.
  let cache: AuditCache?
  /// Sums to go on from in place of files; nil where files are read.
  let parts: PartSet?
  private let progress: Progress?

  /// `keepsArrays` asks for the matrices and spectra that figures show.
  init(_ arguments: AuditArguments, isQuiet: Bool, keepsArrays: Bool = false, parts: PartSet? = nil) {
    var options = arguments.options
    options.keepsArrays = keepsArrays
    let progress = Progress(isQuiet: isQuiet)
    if let progress { options.progress = { done, total in progress.update(done: done, total: total) } }
    self.progress = progress
    self.options = Ranks.sharing(options)
    patterns = arguments.tensors
    factors = arguments.factors
    leavesOutNonFinite = arguments.leaveOutNonFinite
    sharesDamping = arguments.damping == .auto && !arguments.ownDamping
    listsAllTransfers = arguments.transfer == .all
    self.isQuiet = isQuiet
    cache = arguments.noCache || keepsArrays || Ranks.link != nil ? nil : AuditCache()
    self.parts = parts
  }

  /// The audit of `file`, at the ρ of `shared` where there is one. Throws ``CheckpointError`` or ``AuditError``.
  func audit(_ file: String, _ shared: SharedDamping? = nil) throws -> CheckpointReport {
    var options = options
    if let shared { options.damping = .diagonal(shared.weight) }
    if factors == nil, let description = shared?.descriptions[file], let audit = before(file, options) {
      return report(file, description, audit, shared)
    }
    let (description, audit) = try source(of: file)
    progress?.start(file)
    defer { progress?.finish() }
    do {
      return report(file, description, try known(file, options) { try audit(options) }, shared)
    } catch let error as CheckpointError {
      guard case .nonFinite(let object, _) = error.cause else { throw error }
      let reason = "\(error.cause)".dropFirst(object.count + 2)
      throw CheckpointError(
        file: error.file, cause: .invalid(object: object, reason: "\(reason) (--leave-out-non-finite goes on without)"))
    }
  }

  private func report(
    _ file: String, _ description: CheckpointDescription, _ audit: Audit, _ shared: SharedDamping?
  ) -> CheckpointReport {
    var audit = audit
    audit.kl?.damping.ownWeight = shared?.own[file]
    var report = CheckpointReport(
      file: file, isVerified: audit.isVerified, description: description,
      tensorSelection: patterns.isEmpty ? nil : patterns.map(\.text).joined(separator: ", "),
      factorsFile: factors, audit: audit)
    report.listsAllTransfers = listsAllTransfers
    return report
  }

  /// What `file` says of itself, and the ρ that `auto` gives it.
  func automaticWeight(_ file: String) throws -> (description: CheckpointDescription, weight: Double?) {
    let (description, audit) = try source(of: file, isQuiet: true)
    progress?.start(file)
    defer { progress?.finish() }
    let found = try known(file, options.forAutomaticWeight) { try audit(options.forAutomaticWeight) }
    return (description, found.kl?.damping.weight)
  }

  /// What `file` says of itself, and what audits it: its rows, or sums that are there of them.
  private func source(
    of file: String, isQuiet: Bool? = nil
  ) throws -> (description: CheckpointDescription, audit: (AuditOptions) throws -> Audit) {
    if let parts {
      guard let merged = parts.checkpoint(file) else { throw CheckpointError(file: file, cause: .notFound) }
      return (merged.description, merged.audit)
    }
    let rows = try rows(of: file, isQuiet: isQuiet)
    // Sketches are small: one rank reads them while others wait.
    if let link = Ranks.link, rows.input.sketch == nil {
      let contents = try rows.checkpoint.contents()
      return (
        rows.checkpoint.description,
        { options in
          do {
            return try Audit(
              of: rows.input, file: file, contents: contents, options: options, ranks: link,
              workerCount: Ranks.workerCount)
          } catch let failure as RankFailure {
            Ranks.abort("\(failure)")
          }
        }
      )
    }
    return (
      rows.checkpoint.description,
      { try Audit(of: leavesOutNonFinite ? rows.input.leavingOutNonFinite() : rows.input, options: $0) }
    )
  }

  /// A file's rows, as far as the options ask for them.
  struct Rows {
    let checkpoint: OpenCheckpoint
    let input: AuditInput
  }

  /// The rows of `file` that the options ask for.
  func rows(of file: String, isQuiet: Bool? = nil) throws(CheckpointError) -> Rows {
    let checkpoint = try openCheckpoint(file)
    return Rows(checkpoint: checkpoint, input: try input(checkpoint, isQuiet: isQuiet))
  }

  /// The sums over `share` of `rows`.
  func sums(
    over share: ColumnShare, of rows: Rows, isDouble: Bool, store: any NumberStore
  ) throws -> ShareSums {
    progress?.start(rows.checkpoint.path)
    defer { progress?.finish() }
    return try Audit.sums(over: share, of: rows.input, options: options, isDouble: isDouble, store: store)
  }

  /// The audit of `file` with `options`, from those done before where it is there.
  private func known(_ file: String, _ options: AuditOptions, _ audit: () throws -> Audit) throws -> Audit {
    guard let cache, let name = name(file, options) else { return try audit() }
    if let before = cache.audit(name) { return before }
    let new = try audit()
    cache.keep(new, as: name)
    return new
  }

  private func before(_ file: String, _ options: AuditOptions) -> Audit? {
    name(file, options).flatMap { cache?.audit($0) }
  }

  private func name(_ file: String, _ options: AuditOptions) -> String? {
    let settings = [options.settings, patterns.map(\.text).joined(separator: "\n"), "\(leavesOutNonFinite)"]
    return cache?.name([file] + (factors.map { [$0] } ?? []), settings)
  }

  /// How `file` would be audited. Throws ``CheckpointError`` or ``AuditError``.
  func plan(_ file: String) throws -> PlanSummary {
    try Audit.plan(of: try rows(of: file).input, options: options)
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
