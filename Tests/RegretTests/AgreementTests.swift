import Checkpoint
import Regret
import Testing

extension Tag {
  /// Compared with the definitions computed another way.
  @Tag static var reference: Self
  /// What has to hold whatever the numbers are.
  @Tag static var property: Self
  /// A mistake that others made.
  @Tag static var knownMistake: Self
}

@Suite("An audit and the definitions", .tags(.reference))
struct AgreementTests {
  static let dampings: [Damping] = [.auto, .none, .diagonal(1e-3), .diagonal(0.1), .diagonal(1), .identity(0.03)]

  @Test("agree for every kind and solver", arguments: RandomSample.all, dampings)
  func agree(random: RandomSample, damping: Damping) throws {
    let sample = random.sample
    // The kind of stored factors decides nothing but one criterion, the kind of damping alone decides the path.
    let isFull = damping == .auto
    let kinds: [FisherKind] = isFull ? FisherKind.allCases : [.sampled, .minibatch]
    let hasPath = isFull || damping == .identity(0.03)
    for kind in kinds where kind == .minibatch || sample.factors[kind] != nil {
      let reference = DenseReference.figures(sample, kind: kind, damping: damping, withPath: hasPath)
      for solver in kind == .minibatch ? [SolverChoice.gram] : [.gram, .primal, .cg] {
        let audit = try Audit(
          of: sample.input,
          options: AuditOptions(
            fisher: kind, damping: damping, measures: hasPath ? .all : Measures.all.subtracting(.path),
            solver: solver))
        let lines = reference.disagreements(with: audit.figures, tolerance: 1e-8)
        #expect(lines.isEmpty, "\(kind.rawValue), \(solver.rawValue): \(lines.prefix(12).joined(separator: "; "))")
      }
    }
  }

  @Test(
    "agree where the primal way turns from downdates to refits", arguments: [9, 10, 11],
    [Damping.diagonal(0.1), .identity(0.03)])
  func primalHeldOut(rows: Int, damping: Damping) throws {
    // A pair leaves out 18, 20 or 22 rows; two thirds of the parameters are 20. The other solver has no such turn.
    let sample = RandomSample(
      name: "turn", seed: 41, sizes: [4, 4, 4, 4, 4], tensors: [18, 12], ids: RandomSample.even(5, rows)
    ).sample
    let found = try [SolverChoice.gram, .primal].map { solver in
      let options = AuditOptions(damping: damping, measures: [.regret, .heldOut], solver: solver)
      return try #require(try Audit(of: sample.input, options: options).kl?.heldOut)
    }
    for measure in [\HeldOutStatistics.regret, \.cosine, \.tic] {
      let (one, other) = (found[0][keyPath: measure], found[1][keyPath: measure])
      #expect(abs(one.value - other.value) <= 1e-9 * abs(one.value))
      #expect(abs(one.standardError! - other.standardError!) <= 1e-8 * one.standardError!)
    }
  }
}
