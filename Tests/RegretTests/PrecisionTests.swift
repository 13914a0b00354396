import Checkpoint
import Testing

@testable import Regret

@Suite("Products in float32")
struct PrecisionTests {
  static let samples = RandomSample.all.filter { $0.storage != .float64 }

  private func options(_ damping: Damping, _ solver: SolverChoice, _ kind: FisherKind) -> AuditOptions {
    var options = AuditOptions(fisher: kind, damping: damping, measures: .all, solver: solver)
    options.precision = .float32
    return options
  }

  @Test(
    "agree with the definitions down to a weight of 1e-3", .tags(.reference), arguments: samples,
    [Damping.auto, .diagonal(1e-3), .identity(1e-2)])
  func agree(random: RandomSample, damping: Damping) throws {
    let sample = random.sample
    for kind in [FisherKind.exact, .minibatch] {
      let reference = DenseReference.figures(sample, kind: kind, damping: damping, withPath: false)
      for solver in kind == .minibatch ? [SolverChoice.gram] : [.gram, .cg] {
        var options = options(damping, solver, kind)
        options.measures = Measures.all.subtracting(.path)
        let audit = try Audit(of: sample.input, options: options)
        // Which directions count as the range is a matter of 1e-6 of the largest, beyond float32 here.
        let lines = reference.filter { $0.key != "kl.outside_range" }
          .disagreements(
            with: audit.figures.filter { $0.key != "kl.outside_range" }, tolerance: 1e-4)
        #expect(lines.isEmpty, "\(kind.rawValue), \(solver.rawValue): \(lines.prefix(6).joined(separator: "; "))")
      }
    }
  }

  @Test("stay in float32 where that carries the weight", arguments: [SolverChoice.gram, .cg])
  func stay(solver: SolverChoice) throws {
    let sample = RandomSample(
      name: "", seed: 50, sizes: [4, 4, 4, 4, 4], tensors: [5, 4], ids: RandomSample.even(5, 2), spread: 0.2
    ).sample.stored(as: .float32)
    #expect(try Audit(of: sample.input, options: options(.diagonal(0.3), solver, .exact)).plan.precision == .float32)
  }

  /// Where one kind of number is moved out of the range in which float32 has squares.
  struct Extreme: Sendable, CustomTestStringConvertible {
    var name: String
    var gradients = 1.0
    var factors = 1.0
    /// Of every other column.
    var columns = 1.0
    var testDescription: String { name }
  }

  static let extremes = [
    Extreme(name: "tiny", gradients: 1e-30, factors: 1e-30),
    Extreme(name: "huge", gradients: 1e25, factors: 1e25),
    Extreme(name: "gradients tiny", gradients: 1e-30),
    Extreme(name: "gradients huge", gradients: 1e25),
    Extreme(name: "factors tiny", factors: 1e-30),
    Extreme(name: "factors huge", factors: 1e25),
    Extreme(name: "whitened gradients overflow", gradients: 1e12, factors: 1e-17),
    Extreme(name: "whitened gradients vanish", gradients: 1e-14, factors: 1e13),
    Extreme(name: "rows of factors overflow", factors: 5e18),
    Extreme(name: "columns tiny", columns: 1e-22),
    Extreme(name: "columns huge", columns: 1e20),
  ]

  @Test(
    "are left where squares leave float32's range", .tags(.reference), arguments: extremes,
    [Damping.auto, .identity(0.05)])
  func range(extreme: Extreme, damping: Damping) throws {
    var sample = RandomSample(
      name: "", seed: 50, sizes: [4, 4, 4, 4, 4], tensors: [5, 4], ids: RandomSample.even(5, 2), spread: 0.2
    ).sample
    sample.gradients = sample.gradients * extreme.gradients
    sample.factors = sample.factors.mapValues { ($0.rows * extreme.factors, $0.ids) }
    sample = sample.scalingColumns((0..<9).map { $0.isMultiple(of: 2) ? 1 : extreme.columns }).stored(as: .float32)
    for kind in [FisherKind.exact, .minibatch] {
      let reference = DenseReference.figures(sample, kind: kind, damping: damping)
      for solver in kind == .minibatch ? [SolverChoice.gram] : [.gram, .cg, .primal] {
        let audit = try Audit(of: sample.input, options: options(damping, solver, kind))
        let lines = reference.filter { $0.key != "kl.outside_range" }
          .disagreements(with: audit.figures.filter { $0.key != "kl.outside_range" }, tolerance: 1e-4)
        #expect(lines.isEmpty, "\(kind.rawValue), \(solver.rawValue): \(lines.prefix(6).joined(separator: "; "))")
      }
    }
  }
}
