public import Checkpoint

/// Choices of an audit; the defaults are right for most files.
public struct AuditOptions: Sendable {
  /// The Fisher estimate; nil for the best that there is.
  public var fisher: FisherKind?
  /// How it is made invertible.
  public var damping: Damping
  /// What is computed; nil for all that is affordable, where what is left out is named in ``PlanSummary/skipped``.
  public var measures: Measures?
  /// Whether measures that are beyond reach, and ``Measures/parameters`` where it takes long, are left out although they are asked
  /// for by name, and named in ``PlanSummary/skipped``; off by default, when the first are an error.
  public var leavesOutUnreachable = false
  /// How A⁻¹ is applied.
  public var solver: SolverChoice
  /// Bound on resident memory [bytes]; nil for a quarter of the machine's.
  public var memoryBound: Int?
  /// Threads; nil for one a processor. The numbers do not depend on it.
  public var workerCount: Int?
  /// Whether ``Audit/arrays`` are kept.
  public var keepsArrays: Bool
  /// Whether ``PopulationEstimate/supported`` is looked for where the factors are too few, which takes as long as all else.
  public var findsSupport: Bool
  /// The group of minibatches that the headline numbers are of, and the Fisher unless ``fisherGroup`` says otherwise; nil
  /// for the file's first.
  public var reference: String?
  /// The group whose inputs the Fisher is of. Factor rows of other data (id −1) always belong to it.
  public var fisherGroup: FisherGroup
  /// Called now and then, from any thread, with what has been read and what there is to read [bytes].
  public var progress: (@Sendable (_ done: Int, _ total: Int) -> Void)?
  /// What products are formed in; nil for what the problem's size asks for, so that tests reach any at any size; bfloat16
  /// where that has the digits, on tiles in C where the processor has none.
  var precision: ElementType?

  /// The defaults, but for what is told.
  public init(
    fisher: FisherKind? = nil, damping: Damping = .auto, measures: Measures? = nil, solver: SolverChoice = .auto,
    memoryBound: Int? = nil, workerCount: Int? = nil, keepsArrays: Bool = false, findsSupport: Bool = true,
    reference: String? = nil, fisherGroup: FisherGroup = .reference,
    progress: (@Sendable (_ done: Int, _ total: Int) -> Void)? = nil
  ) {
    self.fisher = fisher
    self.damping = damping
    self.measures = measures
    self.solver = solver
    self.memoryBound = memoryBound
    self.workerCount = workerCount
    self.keepsArrays = keepsArrays
    self.findsSupport = findsSupport
    self.reference = reference
    self.fisherGroup = fisherGroup
    self.progress = progress
  }
}

extension AuditOptions {
  /// The least that tells ρ of ``Damping/auto``.
  public var forAutomaticWeight: AuditOptions {
    var options = self
    options.damping = .auto
    options.measures = .regret
    options.keepsArrays = false
    return options
  }

  /// All that an audit's numbers depend on, in words.
  public var settings: String {
    let measures = measures.map { "\($0.rawValue)" } ?? "affordable"
    return [
      fisher?.rawValue ?? "best", "\(damping)", measures, solver.rawValue, "\(memoryBound ?? 0)", "\(findsSupport)",
      reference.debugDescription, "\(fisherGroup)", BLAS.kernel, Tiles.kernel,
    ].joined(separator: " ")
  }
}

/// How A⁻¹ is applied.
public enum SolverChoice: String, Codable, Sendable, CaseIterable {
  /// The cheapest that fits the memory bound.
  case auto
  /// Through the Gram matrix of all rows, (N + M)².
  case gram
  /// Through F itself, P².
  case primal
  /// By conjugate gradients, streaming the factor rows once an iteration.
  case cg
}
