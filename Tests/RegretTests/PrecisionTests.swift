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

  @Test(
    "are left where gradients are so nearly parallel that float32 has not the digits of 1 − cos", .tags(.reference),
    arguments: [SolverChoice.gram, .cg], [1, 1e-2, 1e-3, 1e-4])
  func parallel(solver: SolverChoice, spread: Double) throws {
    var sample = RandomSample(
      name: "", seed: 50, sizes: [4, 4, 4, 4, 4], tensors: [25, 24], ids: RandomSample.even(5, 4), spread: 0.2
    ).sample
    let direction = sample.gradients.row(0)
    for row in 0..<5 {
      for column in 0..<49 {
        sample.gradients[row, column] = direction[column] + spread * (sample.gradients[row, column] + Double(row % 3))
      }
    }
    sample = sample.stored(as: .float32)
    let audit = try Audit(of: sample.input, options: options(.diagonal(0.1), solver, .exact))
    #expect(audit.plan.precision == (spread < 0.1 ? .float64 : .float32))
    let reference = DenseReference.figures(sample, kind: .exact, damping: .diagonal(0.1), withPath: false)
    for name in ["euclidean.regret", "kl.in_sample.regret", "kl.held_out.regret", "euclidean.noise_scale"] {
      for part in ["value", "stderr"] {
        let (found, expected) = (audit.figures["\(name).\(part)"]!!, reference["\(name).\(part)"]!.value!)
        #expect(abs(found - expected) <= 1e-3 * expected, "\(name).\(part)")
      }
    }
    // Gradients alone, without a Fisher.
    var alone = sample
    alone.factors = [:]
    alone.gradients = sample.gradients.keeping(rows: [0, 1])
    alone.sizes = [4, 4]
    let two = try Audit(of: alone.input, options: options(.auto, .auto, .minibatch))
    let expected = DenseReference.figures(alone, kind: .minibatch, damping: .auto, withPath: false)
    #expect(
      abs(two.euclidean!.regret.value - expected["euclidean.regret.value"]!.value!) <= 1e-3
        * two.euclidean!.regret.value)
  }

  /// Gradients whose third is `length` times as long, in minibatches of `size`.
  struct Graded: Sendable, CustomTestStringConvertible {
    let length: Double
    let size: Int
    let expected: [Double]
    var testDescription: String { "\(length), \(size)" }

    var sample: TestSample {
      let rows = (0..<8).map { row -> [Double] in
        (0..<10).map { column -> Double in
          let whole = (row * 7 + column * 3 + row * column * column) % 11 - 4
          return (Double(whole) + Double(row) / 8) * (row == 2 ? length : 1)
        }
      }
      return TestSample(
        gradients: DenseMatrix(rows, columns: 10), sizes: [Int](repeating: size, count: 8),
        tensors: [TensorColumns(name: "w", shape: [10], offset: 0, count: 10)])
    }
  }

  /// In 80 decimal digits, by the definitions: in-sample cosine and regret, held-out cosine and regret at ρ = 0.05 of gradients
  /// whose third is `length` times as long.
  static let graded: [Graded] = [
    Graded(length: 1, size: 32, expected: [0.840915247491, 0.170045682461, 0.426227440417, 1.01998639272]),
    Graded(length: 1, size: 500_000, expected: [0.993585154365, 0.000273354768548, 0.931881157398, 0.0030530868619]),
    Graded(length: 1e4, size: 32, expected: [0.0713729516518, 0.0655379134678, 0.0461996031593, 0.97925662409]),
    Graded(
      length: 1e4, size: 500_000, expected: [0.0713791936248, 0.000525314009487, 0.0462008536125, 0.00784931002423]),
    Graded(length: 1e7, size: 32, expected: [0.0711799114913, 0.0643838604846, 0.0461576593879, 0.978133734959]),
    Graded(
      length: 1e7, size: 500_000, expected: [0.0711799176888, 0.000516075824471, 0.0461576038889, 0.00784033731539]),
    Graded(length: 1e9, size: 32, expected: [0.071179720512, 0.0643827164965, 0.0461576187126, 0.978132606716]),
    Graded(
      length: 1e9, size: 500_000, expected: [0.071179720574, 0.000516066666798, 0.0461575619071, 0.00784032829935]),
  ]

  @Test(
    "in double precision keep the digits of short gradients beside a long one in the minibatch Fisher",
    .tags(.reference),
    arguments: graded, [ElementType.float64, .float32])
  func gradedMinibatches(graded: Graded, storage: ElementType) throws {
    var sample = graded.sample
    sample.storage = storage
    let audit = try Audit(of: sample.input, options: AuditOptions(fisher: .minibatch, damping: .diagonal(0.05)))
    let kl = try #require(audit.kl)
    let found = [
      kl.inSample?.cosine.value, kl.inSample?.regret.value, kl.heldOut?.cosine.value, kl.heldOut?.regret.value,
    ]
    for (found, expected) in zip(found, graded.expected) {
      #expect(abs(try #require(found) - expected) <= 1e-6 * expected, "\(found!) for \(expected)")
    }
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
