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
}
