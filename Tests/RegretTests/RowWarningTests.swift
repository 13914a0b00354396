import Checkpoint
import Regret
import Testing

@Suite("Warnings about single minibatches")
struct RowWarningTests {
  static let solvers: [SolverChoice] = [.gram, .primal, .cg]

  private func sample(_ storage: ElementType = .float32) -> TestSample {
    RandomSample(
      name: "", seed: 5, sizes: [Int](repeating: 8, count: 6), tensors: [20, 10], ids: RandomSample.even(6, 8)
    ).sample.stored(as: storage)
  }

  private func warnings(
    _ sample: TestSample, _ solver: SolverChoice = .auto, _ change: (inout AuditInput) -> Void = { _ in }
  ) throws -> [String: String] {
    var input = sample.input
    change(&input)
    let audit = try Audit(of: input, options: AuditOptions(damping: .diagonal(0.3), solver: solver))
    return Dictionary(audit.warnings.map { ($0.code, $0.message) }) { $1 }
  }

  private let codes = ["equal_rows", "uneven_batches", "dominant_minibatch", "loss_not_finite", "unknown_fisher"]

  @Test("are absent where nothing is wrong", arguments: solvers)
  func none(solver: SolverChoice) throws {
    let found = try warnings(sample(), solver) { $0.losses = [1, 2, 3, 4, 5, 6] }
    for code in codes { #expect(found[code] == nil) }
  }

  @Test("name rows that are the same to the bit, and no others", arguments: solvers, ElementType.allCases)
  func equalRows(solver: SolverChoice, storage: ElementType) throws {
    var twice = sample(storage)
    for column in 0..<twice.gradients.columns { twice.gradients[4, column] = twice.gradients[1, column] }
    #expect(try warnings(twice, solver)["equal_rows"]?.hasPrefix("Gradients 1, 4 are the same") == true)
    guard storage == .float64 || storage == .float32 else { return }
    // The last bit of one number apart.
    let value = twice.gradients[4, 7]
    twice.gradients[4, 7] = storage == .float64 ? value.nextUp : Double(Float(value).nextUp)
    #expect(try warnings(twice, solver)["equal_rows"] == nil)
  }

  @Test("do not compare rounding where all rows are equal")
  func rounding() throws {
    var same = sample()
    for row in 1..<6 {
      for column in 0..<same.gradients.columns { same.gradients[row, column] = same.gradients[0, column] }
    }
    let found = try warnings(same)
    #expect(found["equal_rows"] != nil && found["too_few_factors"] == nil)
  }

  @Test("name a minibatch that decides every mean", arguments: solvers, [20.0, 1e6])
  func dominant(solver: SolverChoice, factor: Double) throws {
    var outlier = sample(.float64)
    for column in 0..<outlier.gradients.columns { outlier.gradients[3, column] *= factor }
    #expect(try warnings(outlier, solver)["dominant_minibatch"]?.hasPrefix("Minibatch 3 alone") == true)
  }

  @Test("tell sizes that differ, losses that are no numbers and kinds of factors that nobody here knows")
  func description() throws {
    var uneven = sample()
    uneven.sizes = [1, 1000, 8, 8, 8, 8]
    #expect(try warnings(uneven)["uneven_batches"]?.contains("from 1 to 1000 examples") == true)
    let found = try warnings(sample()) {
      $0.losses = [1, .nan, 2, .infinity, 1, 1]
      $0.unknownFisherKinds = ["kfac"]
    }
    #expect(found["loss_not_finite"]?.contains("minibatches 1, 3 is not") == true)
    #expect(found["unknown_fisher"]?.contains("kfac") == true)
  }

  /// Empirical rows of all examples, and gradients that are their means.
  private func empirical(_ storage: ElementType = .float32, sizes: [Int] = [8, 8, 8, 8, 8, 8]) -> TestSample {
    var sample = sample()
    let rows = sample.factors[.empirical]!.rows
    for minibatch in 0..<6 {
      for column in 0..<rows.columns {
        sample.gradients[minibatch, column] =
          (0..<8).reduce(0) { $0 + rows[8 * minibatch + $1, column] } / 8
      }
    }
    sample.factors = [.empirical: sample.factors[.empirical]!]
    sample.sizes = sizes
    return sample.stored(as: storage)
  }

  @Test("tell empirical rows whose mean is not the gradient", arguments: solvers, ElementType.allCases)
  func empiricalMean(solver: SolverChoice, storage: ElementType) throws {
    let right = empirical(storage)
    #expect(try warnings(right, solver)["empirical_mean_mismatch"] == nil)
    var scaled = right
    scaled.gradients = scaled.gradients * 8
    let message = try #require(try warnings(scaled.stored(as: storage), solver)["empirical_mean_mismatch"])
    #expect(
      message.contains("minibatch 0 ")
        && (message.contains("and 8.0 times") || message.contains("and 7.9") || message.contains("and 8.0")))
    // Whichever minibatch it is, and whichever Fisher is in use.
    var last = right
    for column in 0..<last.gradients.columns { last.gradients[5, column] = 0 }
    last.factors[.exact] = sample().factors[.exact]
    #expect(try warnings(last, solver)["empirical_mean_mismatch"]?.contains("minibatch 5 ") == true)
    // Where examples are missing, the means may differ.
    var partial = scaled
    partial.sizes = [9, 9, 9, 9, 9, 9]
    #expect(try warnings(partial.stored(as: storage), solver)["empirical_mean_mismatch"] == nil)
  }

  @Test("tell factors whose scale cannot be right", arguments: solvers)
  func scale(solver: SolverChoice) throws {
    var sample = sample(.float64)
    sample.factors = [.sampled: sample.factors[.sampled]!]
    let trace = sample.factors[.sampled]!.rows.squaredNorm / 48
    // Noise that fits: rows of the gradients drawn anew, of variance tr F/b.
    var generator = TestGenerator(9)
    let columns = sample.gradients.columns
    let deviation = (trace / 8 / Double(columns)).squareRoot()
    sample.gradients = DenseMatrix(
      (0..<6).map { _ in generator.normals(columns).map { $0 * deviation } }, columns: columns)
    #expect(try warnings(sample, solver)["fisher_scale"] == nil)
    // A language model of so many tokens a sequence, whose B counts sequences.
    for tokens in [32.0, 128] {
      var small = sample
      small.factors[.sampled]!.rows = small.factors[.sampled]!.rows * (1 / tokens.squareRoot())
      #expect(try warnings(small, solver)["fisher_scale"]?.contains("tokens") == true)
    }
    var large = sample
    large.factors[.sampled]!.rows = large.factors[.sampled]!.rows * 64
    #expect(try warnings(large, solver) { $0.losses = [Double](repeating: 2, count: 6) }["fisher_scale"] != nil)
    #expect(try warnings(large, solver) { $0.losses = [Double](repeating: 0.001, count: 6) }["fisher_scale"] == nil)
  }
}

@Suite("Parameters that some row touches", .tags(.reference))
struct LiveCountTests {
  @Test("are counted for each tensor", arguments: [SolverChoice.gram, .primal, .cg], [FisherKind.sampled, .minibatch])
  func counts(solver: SolverChoice, kind: FisherKind) throws {
    guard kind == .sampled || solver == .gram else { return }
    var sample = RandomSample(
      name: "", seed: 4, sizes: [8, 8, 8, 8], tensors: [7, 5, 6], ids: RandomSample.even(4, 8), deadColumns: [0, 8, 9]
    ).sample
    for row in 0..<4 {
      for column in [0, 9, 17] { sample.gradients[row, column] = 0 }
    }
    let audit = try Audit(
      of: sample.input, options: AuditOptions(fisher: kind, damping: .diagonal(0.3), solver: solver))
    let rows = [sample.gradients] + (kind == .sampled ? [sample.factors[.sampled]!.rows] : [])
    for (tensor, found) in zip(sample.tensors, try #require(audit.tensors)) {
      let expected = tensor.range.filter { column in
        rows.contains { matrix in (0..<matrix.rows).contains { matrix[$0, column] != 0 } }
      }.count
      #expect(found.live == expected && found.count == tensor.count)
    }
  }
}
