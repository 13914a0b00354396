import Checkpoint
import Testing

@testable import Regret

@Suite("What an audit refuses")
struct ErrorTests {
  static let sample = RandomSample.all.first { $0.name == "ids out of order" }!.sample

  private func error(_ sample: TestSample, _ options: AuditOptions) -> (any Error)? {
    do {
      _ = try Audit(of: sample.input, options: options)
      return nil
    } catch {
      return error
    }
  }

  @Test(
    "a value that is not finite is named by dataset and row", arguments: [Double.nan, .infinity, -.infinity],
    [SolverChoice.gram, .primal, .cg])
  func notFinite(value: Double, solver: SolverChoice) throws {
    for storage in [ElementType.float64, .float32, .float16, .bfloat16] {
      for precision in [ElementType.float32, .float64] {
        var options = AuditOptions(fisher: .sampled, damping: .diagonal(0.1), measures: .all, solver: solver)
        options.precision = precision
        var sample = Self.sample
        sample.gradients[3, 4] = value
        var found = error(sample.stored(as: storage), options) as? CheckpointError
        #expect(found == CheckpointError(file: "memory", cause: .nonFinite(object: "/gradients", row: 3)))

        sample = Self.sample
        sample.factors[.sampled]!.rows[7, 0] = value
        found = error(sample.stored(as: storage), options) as? CheckpointError
        let object = "/fisher/sampled/factors"
        #expect(found == CheckpointError(file: "memory", cause: .nonFinite(object: object, row: 7)))
        #expect(found?.description == "memory: \(object): row 7 holds a value that is not finite")

        // Factors that are not in use are not read.
        options.fisher = .exact
        #expect(error(sample.stored(as: storage), options) == nil)
      }
    }
  }

  @Test("so is one that only the Euclidean measure would meet", arguments: [2, 5])
  func notFiniteWithoutFisher(count: Int) throws {
    var sample = RandomSample(name: "", sizes: [Int](repeating: 4, count: count), tensors: [3], ids: []).sample
    sample.gradients[1, 2] = .nan
    let found = error(sample, AuditOptions()) as? CheckpointError
    #expect(found == CheckpointError(file: "memory", cause: .nonFinite(object: "/gradients", row: 1)))
  }

  @Test("a weight outside (0, 1]", arguments: [0, -0.1, 1.0001, .nan, .infinity])
  func weight(weight: Double) {
    for damping in [Damping.diagonal(weight), .identity(weight)] {
      guard case .weightOutOfRange? = error(Self.sample, AuditOptions(damping: damping)) as? AuditError else {
        Issue.record("\(damping) was taken")
        continue
      }
    }
  }

  @Test("a kind that is not there, naming those that are")
  func missingKind() {
    var sample = Self.sample
    sample.factors[.exact] = nil
    let found = error(sample, AuditOptions(fisher: .exact)) as? AuditError
    #expect(found == .noFactors(.exact, available: [.sampled, .empirical, .minibatch]))
    #expect(found?.description.contains("sampled, empirical, minibatch") == true)
    sample.factors = [:]
    #expect(
      error(sample, AuditOptions(fisher: .sampled)) as? AuditError == .noFactors(.sampled, available: [.minibatch]))
  }

  @Test("a memory bound that is too small, naming what would do", arguments: SolverChoice.allCases)
  func memory(solver: SolverChoice) {
    let options = AuditOptions(damping: .diagonal(0.1), solver: solver, memoryBound: 1 << 20)
    guard case .memory(_, let needed, let bound)? = error(Self.sample, options) as? AuditError else {
      Issue.record("no such error")
      return
    }
    #expect(bound == 1 << 20 && needed > bound)
    #expect(AuditError.memory(solver: .gram, needed: needed, bound: bound).description.contains("\(needed)"))
    // What it names is enough.
    var enough = options
    enough.memoryBound = needed
    #expect(error(Self.sample, enough) == nil)
  }

  @Test("a best kind is taken where none is asked for")
  func bestKind() throws {
    var sample = Self.sample
    for kind in [FisherKind.exact, .sampled, .empirical] {
      #expect(try Audit(of: sample.input).kl?.fisher == kind)
      sample.factors[kind] = nil
    }
    #expect(try Audit(of: sample.input).kl?.fisher == .minibatch)
  }

  @Test("what is not asked for is nil, what is cannot differ by it", arguments: Measures.named.map(\.measure))
  func measures(measure: Measures) throws {
    let all = try Audit(of: Self.sample.input, options: AuditOptions(damping: .auto, measures: .all))
    let part = try Audit(of: Self.sample.input, options: AuditOptions(damping: .auto, measures: measure))
    #expect((part.kl?.heldOut != nil) == (measure == .heldOut))
    #expect((part.fisher != nil) == (measure == .fisher))
    #expect((part.dampingPath != nil) == (measure == .path))
    #expect((part.tensors != nil) == (measure == .tensors))
    #expect((part.euclidean != nil) == (measure == .regret))
    #expect(part.kl?.damping == all.kl?.damping)
    if measure == .heldOut { #expect(part.kl?.heldOut == all.kl?.heldOut) }
    if measure == .fisher { #expect(part.fisher == all.fisher) }
    if measure == .path { #expect(part.dampingPath == all.dampingPath) }
    if measure == .regret { #expect(part.euclidean == all.euclidean && part.kl?.inSample == all.kl?.inSample) }
  }
}
