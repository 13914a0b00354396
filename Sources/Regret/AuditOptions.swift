public import Checkpoint

/// Choices of an audit; the defaults are right for most files.
public struct AuditOptions: Sendable {
  /// The Fisher estimate; nil for the best that there is.
  public var fisher: FisherKind?
  /// How it is made invertible.
  public var damping: Damping
  /// What is computed.
  public var measures: Measures
  /// How A⁻¹ is applied.
  public var solver: SolverChoice
  /// Bound on resident memory [bytes]; nil for a quarter of the machine's.
  public var memoryBound: Int?
  /// Threads; nil for one a processor. The numbers do not depend on it.
  public var workerCount: Int?

  /// The defaults, but for what is told.
  public init(
    fisher: FisherKind? = nil, damping: Damping = .auto, measures: Measures = .all, solver: SolverChoice = .auto,
    memoryBound: Int? = nil, workerCount: Int? = nil
  ) {
    self.fisher = fisher
    self.damping = damping
    self.measures = measures
    self.solver = solver
    self.memoryBound = memoryBound
    self.workerCount = workerCount
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
