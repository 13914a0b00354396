import Checkpoint
import Testing

@testable import Regret

@Suite("Paired differences of two audits") struct PairedDifferenceTests {
  private static let count = 7
  private static let columns = 6

  /// Rows of two models on the same minibatches: what the data does to both, and what is each one's own.
  private func rows(own: Double, shared: Double, using generator: inout TestGenerator) -> [[Double]] {
    let common = (0..<(Self.count * Self.columns)).map { _ in 1 + shared * generator.normal() }
    return (0..<2).map { _ in common.map { $0 + own * generator.normal() } }
  }

  private func input(_ rows: [Double], without left: Int? = nil) -> AuditInput {
    let kept = (0..<Self.count).filter { $0 != left }
    let values = kept.flatMap { Array(rows[($0 * Self.columns)..<(($0 + 1) * Self.columns)]) }
    return AuditInput(
      gradients: ArrayBlocks(values, columnCount: Self.columns), batchSizes: kept.map { _ in 4 },
      tensors: [TensorLayout("w", shape: [Self.columns])].columns)
  }

  /// The mean over ordered pairs or rows from the formulas, in loops of its own.
  private func reference(_ rows: [Double], _ measure: PairedMeasure, without left: Int?) -> Double {
    let kept = (0..<Self.count).filter { $0 != left }
    func product(_ i: Int, _ j: Int) -> Double {
      (0..<Self.columns).reduce(0) { $0 + rows[i * Self.columns + $1] * rows[j * Self.columns + $1] }
    }
    var sum = 0.0
    var terms = 0.0
    for i in kept {
      if measure == .euclideanNorm {
        sum += product(i, i).squareRoot()
        terms += 1
        continue
      }
      for j in kept where j != i {
        let cosine = product(i, j) / (product(i, i) * product(j, j)).squareRoot()
        sum += measure == .euclideanCosine ? cosine : product(j, j).squareRoot() * (1 - cosine)
        terms += 1
      }
    }
    return sum / terms
  }

  @Test(
    "the error is the jackknife's that leaves each minibatch out of both",
    arguments: [PairedMeasure.euclideanRegret, .euclideanCosine, .euclideanNorm])
  func bruteForce(measure: PairedMeasure) throws {
    var generator = TestGenerator(3)
    let pair = rows(own: 0.3, shared: 1, using: &generator)
    let audits = try pair.map { try Audit(of: input($0), options: AuditOptions(measures: .regret)) }
    let found = try #require(audits[1].difference(from: audits[0], in: measure))
    let left = (0..<Self.count).map {
      reference(pair[1], measure, without: $0) - reference(pair[0], measure, without: $0)
    }
    let mean = left.reduce(0, +) / Double(left.count)
    let variance = left.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } * Double(left.count - 1) / Double(left.count)
    let value = reference(pair[1], measure, without: nil) - reference(pair[0], measure, without: nil)
    #expect(abs(found.value - value) < 1e-9 * max(1, abs(value)))
    #expect(abs(found.standardError! - variance.squareRoot()) < 1e-9 * max(1, variance.squareRoot()))
    // t of 6 degrees, from a table.
    #expect(abs(found.interval!.high! - found.value - 2.4469119 * found.standardError!) < 1e-6)
  }

  @Test("the values are the audit's own", arguments: PairedMeasure.allCases)
  func values(measure: PairedMeasure) throws {
    let audits = try [1, 2].map { seed in
      let sample = RandomSample(
        name: "plain", seed: seed, sizes: [4, 5, 3, 4, 6, 4], tensors: [6, 5], ids: (0..<18).map { $0 / 3 },
        zeroGradients: [2])
      return try Audit(of: sample.sample.input, options: AuditOptions(damping: .diagonal(0.2)))
    }
    func own(_ audit: Audit) -> Double? {
      switch measure {
      case .euclideanRegret: audit.euclidean?.regret.value
      case .euclideanCosine: audit.euclidean?.cosine.value
      case .euclideanNorm: audit.euclidean?.norm.value
      case .inSampleRegret: audit.kl?.inSample?.regret.value
      case .inSampleCosine: audit.kl?.inSample?.cosine.value
      case .heldOutRegret: audit.kl?.heldOut?.regret.value
      case .heldOutCosine: audit.kl?.heldOut?.cosine.value
      }
    }
    let difference = try #require(audits[1].difference(from: audits[0], in: measure)).value
    let expected = try #require(own(audits[1])) - #require(own(audits[0]))
    #expect(abs(difference - expected) < 1e-9 * max(1, abs(expected)))
  }

  @Test("intervals cover the truth, whether or not the minibatches are the same", arguments: [0.0, 1.0])
  func coverage(shared: Double) throws {
    var generator = TestGenerator(5)
    var covered = 0
    let runs = 400
    for _ in 0..<runs {
      // Two models of one distribution: the difference is 0 in truth.
      let pair = rows(own: 0.5, shared: shared, using: &generator)
      let audits = try pair.map { try Audit(of: input($0), options: AuditOptions(measures: .regret)) }
      let interval = try #require(audits[1].difference(from: audits[0], in: .euclideanRegret)?.interval)
      if interval.low <= 0, interval.high! >= 0 { covered += 1 }
    }
    #expect((0.91...0.99).contains(Double(covered) / Double(runs)), "\(covered)")
  }
}
