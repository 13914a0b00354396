public import Checkpoint

/// Options that do not fit the rows.
public enum AuditError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The Fisher estimate asked for is not there.
  case noFactors(FisherKind, available: [FisherKind])
  /// A damping weight outside (0, 1].
  case weightOutOfRange(Double)
  /// Conjugate gradients did not converge.
  case notConverged(iterations: Int, residual: Double)
  /// The solver asked for needs more memory than allowed [bytes].
  case memory(solver: SolverChoice, needed: Int, bound: Int)
  /// A measure asked for by name that this file and memory bound do not allow.
  case outOfReach(measure: String, reason: String)
  /// A solver whose reads of the rows cannot be done in parts.
  case notShared(SolverChoice)
  /// Shares that do not make up the rows.
  case foreignShares
  /// Products in float32 that lack digits, where only those are there.
  case needsDouble
  /// `none` with a solver that does not see the spectrum.
  case needsSpectrum(solver: SolverChoice)

  /// What sketched rows cannot tell.
  case sketched(String)

  /// A group of minibatches that the file does not name.
  case unknownGroup(String, available: [String])
  /// A group asked for where the file tells none.
  case noGroups(asked: String)

  /// One line.
  public var description: String {
    switch self {
    case .noFactors(let kind, let available):
      "no \(kind.rawValue) factors in it (there are: \(available.map(\.rawValue).joined(separator: ", ")))"
    case .weightOutOfRange(let weight): "damping weight \(weight) is outside (0, 1]"
    case .notConverged(let iterations, let residual):
      "conjugate gradients did not converge: relative residual \(residual) after \(iterations) iterations"
    case .needsSpectrum(let solver):
      "damping none cuts small eigenvalues, which solver \(solver.rawValue) does not see: use gram or primal"
    case .notShared(let solver):
      "solver \(solver.rawValue) reads all rows again and again, which parts cannot: use gram, or inspect the file itself"
    case .foreignShares: "the parts do not make up its rows"
    case .needsDouble:
      "products in float32 lack the digits here: make the parts again with inspect partial --double"
    case .unknownGroup(let name, let available):
      "it has no group \(name.debugDescription) of minibatches (there are: "
        + available.map(\.debugDescription).joined(separator: ", ") + ")"
    case .noGroups(let name): "it tells no groups of minibatches, so none that is \(name.debugDescription)"
    case .sketched(let what):
      "its rows are sketched, divided by the root of their pilots' mean square: \(what)"
    case .outOfReach(let measure, let reason): "\(measure): \(reason)"
    case .memory(let solver, let needed, let bound):
      "solver \(solver.rawValue) needs \(needed) bytes, more than the bound of \(bound): raise --memory"
    }
  }
}
