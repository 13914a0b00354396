import Checkpoint
import Testing

@testable import Regret

/// Rows from a population whose Fisher is known; docs/estimate has the long form, with networks.
@Suite("The population's estimate", .tags(.reference))
struct PopulationCoverageTests {
  static let (width, count, batch) = (24, 12, 16)
  /// Standard deviations of the columns before they are mixed.
  static let deviations = (0..<width).map { 1 / Double($0 + 1).squareRoot() }

  /// x = (I + uuᵀ)·diag(σ)z, so that the Fisher is anything but diagonal.
  private static func row(_ generator: inout TestGenerator) -> [Double] {
    let own = deviations.map { $0 * generator.normal() }
    let shared = own.reduce(0, +) / Double(width)
    return own.map { $0 + 2 * shared }
  }

  private static var fisher: DenseMatrix {
    var root = DenseMatrix(width, width)
    for i in 0..<width {
      for j in 0..<width { root[i, j] = (i == j ? 1 : 0) + 2 / Double(width) }
    }
    let scaled = root.scalingColumns(deviations)
    return scaled * scaled.transposed
  }

  private static func gradient(_ generator: inout TestGenerator) -> [Double] {
    var sum = [Double](repeating: 0, count: width)
    for _ in 0..<batch {
      for (column, value) in row(&generator).enumerated() { sum[column] += value / Double(batch) }
    }
    return sum.enumerated().map { $1 + 0.1 * deviations[$0] }
  }

  /// Mean regret and norm over pairs of many fresh minibatches under (1−ρ)F* + ρD.
  private static func truth(_ fresh: DenseMatrix, _ weight: Double, _ diagonal: [Double]) -> (Double, Double) {
    var metric = fisher * (1 - weight)
    for column in 0..<width { metric[column, column] += weight * diagonal[column] }
    let solved = fresh * metric.inverse
    let norms = (0..<fresh.rows).map { row in
      (0..<width).reduce(0) { $0 + fresh[row, $1] * solved[row, $1] }.squareRoot()
    }
    var directions = [Double](repeating: 0, count: width)
    var whole = [Double](repeating: 0, count: width)
    for row in 0..<fresh.rows {
      for column in 0..<width {
        directions[column] += solved[row, column] / norms[row]
        whole[column] += fresh[row, column]
      }
    }
    let number = Double(fresh.rows)
    let sum = norms.reduce(0, +)
    let cross = zip(directions, whole).reduce(0) { $0 + $1.0 * $1.1 } - sum
    return (sum / number - cross / (number * (number - 1)), sum / number)
  }

  @Test("is right on the mean, and its intervals hold the truth, where held-out is not", arguments: [0.1, 0.4])
  func coverage(weight: Double) throws {
    var generator = TestGenerator(17)
    let fresh = DenseMatrix((0..<1_500).map { _ in Self.gradient(&generator) }, columns: Self.width)
    let (draws, rowsEach) = (60, 10)
    var (held, inside, out, bias) = (0, 0.0, 0.0, 0.0)
    var norms = 0
    for _ in 0..<draws {
      let gradients = DenseMatrix((0..<Self.count).map { _ in Self.gradient(&generator) }, columns: Self.width)
      let factors = DenseMatrix(
        (0..<(Self.count * rowsEach)).map { _ in Self.row(&generator) }, columns: Self.width)
      let sample = TestSample(
        gradients: gradients, sizes: [Int](repeating: Self.batch, count: Self.count),
        tensors: [TensorLayout("w", shape: [Self.width])].columns,
        factors: [.sampled: (factors, (0..<factors.rows).map { $0 / rowsEach })])
      let audit = try Audit(
        of: sample.input,
        options: AuditOptions(damping: .diagonal(weight), measures: [.regret, .heldOut, .estimate]))
      let kl = try #require(audit.kl)
      let estimate = try #require(kl.estimate)
      #expect(estimate.isSupported)
      let diagonal = (0..<Self.width).map { column in
        (0..<factors.rows).reduce(0) { $0 + factors[$1, column] * factors[$1, column] } / Double(factors.rows)
      }
      let (regret, norm) = Self.truth(fresh, weight, diagonal)
      bias += estimate.regret.value / regret - 1
      inside += kl.inSample!.regret.value / regret - 1
      out += kl.heldOut!.regret.value / regret - 1
      if Self.holds(estimate.regret, regret) { held += 1 }
      if Self.holds(estimate.norm, norm) { norms += 1 }
    }
    let number = Double(draws)
    // 60 draws: 51 of them are 2.5 standard deviations below 95%.
    #expect(held >= 51 && norms >= 51, "\(held) and \(norms) of \(draws)")
    #expect(abs(bias / number) < 0.05, "bias \(bias / number)")
    #expect(abs(out / number) > 1.5 * abs(bias / number), "held-out \(out / number), in-sample \(inside / number)")
  }

  private static func holds(_ estimate: Estimate, _ truth: Double) -> Bool {
    estimate.interval.map { $0.low <= truth && truth <= ($0.high ?? .infinity) } ?? false
  }

  @Test("is the same to the bit for any number of workers", arguments: [SolverChoice.gram, .primal])
  func workers(solver: SolverChoice) throws {
    let sample = RandomSample(
      name: "workers", seed: 31, sizes: [4, 4, 4, 4, 4, 4, 4], tensors: [9, 8], ids: RandomSample.even(7, 5)
    )
    .sample
    let estimates = try [1, 2, 7].map { count in
      try Audit(of: sample.input, options: AuditOptions(solver: solver, workerCount: count)).kl?.estimate
    }
    #expect(estimates[0] != nil && estimates[0] == estimates[1] && estimates[0] == estimates[2])
  }

  @Test("names what the file lacks, and a ρ at which it lacks nothing")
  func unsupported() throws {
    let sample = RandomSample(
      name: "few", seed: 32, sizes: [Int](repeating: 4, count: 16), tensors: [60], ids: RandomSample.even(16, 2)
    ).sample
    let audit = try Audit(of: sample.input, options: AuditOptions(damping: .diagonal(0.02)))
    let estimate = try #require(audit.kl?.estimate)
    #expect(estimate.shortcoming == .fewFactors && estimate.capped > PopulationEstimate.largestCapped)
    let supported = try #require(estimate.supported)
    let there = try #require(
      try Audit(of: sample.input, options: AuditOptions(damping: .diagonal(supported.weight))).kl?.estimate)
    #expect(there.isSupported && abs(there.regret.value / supported.regret.value - 1) < 1e-2)
    #expect(try #require(estimate.factorRows) > 32)
    #expect(audit.warnings.contains { $0.code == "too_few_factors" && $0.message.contains("ρ") })
  }

  @Test("is not supported where few minibatches make the Fisher's diagonal")
  func thin() throws {
    var sample = RandomSample(
      name: "thin", seed: 33, sizes: [4, 4, 4, 4, 4, 4, 4, 4], tensors: [6], ids: RandomSample.even(8, 6)
    )
    .sample
    var (rows, ids) = sample.factors[.exact]!
    for row in 0..<rows.rows where ids![row] != 2 { rows[row, 0] = 0 }
    sample.factors = [.exact: (rows, ids)]
    for solver in [SolverChoice.gram, .primal, .cg] {
      let audit = try Audit(of: sample.input, options: AuditOptions(damping: .diagonal(0.5), solver: solver))
      #expect(audit.kl?.estimate?.shortcoming == .thinCoordinates)
      let identity = try Audit(of: sample.input, options: AuditOptions(damping: .identity(0.5), solver: solver))
      #expect(identity.kl?.estimate?.thin == 0)
    }
  }
}
