#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif
import Checkpoint
import Regret
import Testing

/// What went wrong in programs of this kind.
@Suite("Known mistakes of the field", .tags(.knownMistake))
struct KnownMistakeTests {
  private func audit(_ sample: TestSample, _ options: AuditOptions) throws -> Audit {
    try Audit(of: sample.input, options: options)
  }

  /// Rows of ±1 that are orthogonal (Sylvester), `count` a power of two.
  private func hadamard(_ count: Int) -> [[Double]] {
    (0..<count).map { row in (0..<count).map { (row & $0).nonzeroBitCount.isMultiple(of: 2) ? 1 : -1 } }
  }

  private func sample(_ gradients: [[Double]], factors: [[Double]], kind: FisherKind = .sampled) -> TestSample {
    let columns = gradients[0].count
    var sample = TestSample(
      gradients: DenseMatrix(gradients, columns: columns), sizes: gradients.map { _ in 4 },
      tensors: [TensorLayout("all", shape: [columns])].columns)
    sample.factors[kind] = (DenseMatrix(factors, columns: columns), nil)
    return sample
  }

  @Test(
    "a low-rank solve keeps the part outside the span", arguments: [SolverChoice.gram, .primal, .cg], [1e-3, 0.1, 0.7])
  func partOutsideTheSpan(solver: SolverChoice, weight: Double) throws {
    let rows = hadamard(16)
    // diag F = I and eigenvalues P/M = 16/4 on the span of rows 0…3; rows 4, 5 lie outside it.
    let gradients = [
      rows[0].indices.map { 2 * rows[0][$0] + 0.5 * rows[4][$0] },
      rows[0].indices.map { rows[0][$0] + rows[1][$0] - rows[4][$0] },
      rows[0].indices.map { 3 * rows[5][$0] + rows[1][$0] },
    ]
    let factors = Array(rows[..<4])
    for damping in [Damping.diagonal(weight), .identity(weight)] {
      let found = try audit(
        sample(gradients, factors: factors),
        AuditOptions(damping: damping, measures: .regret, solver: solver, keepsArrays: true))
      let inside = 16 / ((1 - weight) * 4 + weight)
      let outside = 16 / weight
      let expected = [
        [4 * inside + 0.25 * outside, 2 * inside - 0.5 * outside, 0],
        [2 * inside - 0.5 * outside, 2 * inside + outside, inside],
        [0, inside, inside + 9 * outside],
      ]
      for i in 0..<3 {
        for j in 0..<3 {
          #expect(abs(found.arrays!.kl![i, j] - expected[i][j]) <= 1e-11 * expected[2][2], "\(damping) \(i) \(j)")
        }
      }
      if solver != .cg || found.kl!.outsideRange != nil {
        let squares = (4.0 + 0.25 + 2 + 1 + 9 + 1) * 16
        #expect(abs(found.kl!.outsideRange! - (0.25 + 1 + 9) * 16 / squares) < 1e-12)
      }
    }
  }

  @Test(
    "no inverse of one damping serves another", arguments: [SolverChoice.gram, .primal, .cg],
    [FisherKind.exact, .minibatch])
  func noStaleInverse(solver: SolverChoice, kind: FisherKind) throws {
    guard kind != .minibatch || solver == .gram else { return }
    let sample = RandomSample.all.first { $0.name == "seven, rows of other data" }!.sample
    for own in [Damping.diagonal(0.37), .identity(0.37)] {
      let path = try audit(sample, AuditOptions(fisher: kind, damping: own, measures: .all, solver: solver))
        .dampingPath!
      #expect(path.map(\.weight) == Audit.pathWeights)
      for point in path {
        let damping = own == .diagonal(0.37) ? Damping.diagonal(point.weight) : .identity(point.weight)
        let alone = try audit(sample, AuditOptions(fisher: kind, damping: damping, measures: .regret, solver: solver))
        let regret = alone.kl!.inSample!.regret.value
        #expect(abs(point.regret! - regret) <= 1e-8 * regret, "\(own) at \(point.weight)")
      }
    }
  }

  @Test("damping does not pile up from one solve to the next", arguments: [SolverChoice.gram, .primal, .cg])
  func noAccumulation(solver: SolverChoice) throws {
    let sample = RandomSample.all.first { $0.name == "uneven groups" }!.sample
    let options = AuditOptions(fisher: .exact, damping: .diagonal(0.2), measures: .all, solver: solver)
    let first = try audit(sample, options)
    for _ in 0..<3 { #expect(try audit(sample, options) == first) }
    // The path walks through 13 other weights, its own among them.
    let own = try #require(first.dampingPath!.first { $0.weight == 0.2 })
    #expect(abs(own.regret! - first.kl!.inSample!.regret.value) <= 1e-9 * own.regret!)
    // At ρ = 1 nothing of F but its diagonal is left.
    let rows = sample.factors[.exact]!.rows
    let diagonal = (0..<rows.columns).map { p in
      (0..<rows.rows).reduce(0) { $0 + rows[$1, p] * rows[$1, p] } / Double(rows.rows)
    }
    let whitened = sample.gradients.scalingColumns(diagonal.map { 1 / $0.squareRoot() })
    let regret = DenseStatistics.pairsMean(DenseStatistics.regrets(whitened * whitened.transposed))
    #expect(abs(first.dampingPath!.last!.regret! - regret) <= 1e-10 * regret)
  }

  /// Softmax regression with C classes: F = mean over x of (diag p − ppᵀ) ⊗ xxᵀ, summed over labels by hand.
  @Test("neither a factor C nor a factor B is lost")
  func scaleOfTheFisher() throws {
    let network = NetworkSample(widths: [3, 4], sizes: [5, 5, 5, 5, 5, 5, 5, 5], seed: 12)
    let sample = network.sample
    let classes = 4
    let outputs = network.outputs
    var trace = 0.0
    for example in network.labels.indices {
      let logits = outputs[(example * classes)..<((example + 1) * classes)].map { exp($0) }
      let total = logits.reduce(0, +)
      let variances = logits.map { $0 / total * (1 - $0 / total) }.reduce(0, +)
      let square = network.inputs[(example * 3)..<(example * 3 + 3)].reduce(1) { $0 + $1 * $1 }
      trace += variances * square / Double(network.labels.count)
    }
    let exact = try audit(sample, AuditOptions(fisher: .exact, measures: [.fisher]))
    #expect(abs(exact.fisher!.trace - trace) <= 1e-12 * trace)

    // Sampled rows are exact in the mean over draws: 40 rows with √B each.
    let sampled = try audit(sample, AuditOptions(fisher: .sampled, measures: [.fisher]))
    #expect(sampled.fisher!.trace > trace / 2.5 && sampled.fisher!.trace < trace * 2.5)
  }

  @Test("b·Cov(g) + ḡḡᵀ has the scale of the per-example second moment", arguments: [[4, 4], [2, 8]])
  func scaleOfTheMinibatchFisher(sizes: [Int]) throws {
    var generator = TestGenerator(4)
    let columns = 3
    let mean = [0.4, -0.2, 0.1]
    let count = 3000
    var gradients: [[Double]] = []
    var second = 0.0
    for index in 0..<count {
      let rows = (0..<sizes[index % 2]).map { _ in mean.map { $0 + generator.normal() } }
      second += rows.joined().reduce(0) { $0 + $1 * $1 } / Double(rows.count) / Double(count)
      gradients.append((0..<columns).map { p in rows.reduce(0) { $0 + $1[p] } / Double(rows.count) })
    }
    // In batches, for N stays small: traces are means over many audits.
    var trace = 0.0
    for first in stride(from: 0, to: count, by: 30) {
      let part = TestSample(
        gradients: DenseMatrix(Array(gradients[first..<(first + 30)]), columns: columns),
        sizes: (0..<30).map { sizes[$0 % 2] }, tensors: [TensorLayout("all", shape: [columns])].columns)
      trace += try audit(part, AuditOptions(fisher: .minibatch, measures: [.fisher])).fisher!.trace / 100
    }
    // Four standard errors or so; a factor b would be off by 4.
    #expect(abs(trace / second - 1) < 0.06)
  }

  @Test(
    "gradients that 16-bit storage flushes to zero are counted and never give NaN",
    arguments: [ElementType.float16, .bfloat16])
  func flushedGradients(type: ElementType) throws {
    var sample = RandomSample(
      name: "", seed: 40, sizes: [4, 4, 4, 4, 4, 4], tensors: [3, 2], ids: RandomSample.even(6, 2)
    ).sample
    let tiny = type == .float16 ? 1e-9 : 1e-42
    for row in [1, 4] {
      for column in 0..<5 { sample.gradients[row, column] *= tiny }
    }
    sample = sample.stored(as: type)
    #expect(sample.gradients.row(1).allSatisfy { $0 == 0 })
    for kind in [FisherKind.exact, .minibatch] {
      for solver in kind == .minibatch ? [SolverChoice.gram] : [.gram, .primal, .cg] {
        let found = try audit(
          sample, AuditOptions(fisher: kind, damping: .diagonal(0.1), measures: .all, solver: solver))
        #expect(found.zeroGradients == 2)
        #expect(found.figures.values.allSatisfy { $0?.isFinite ?? true })
        let lines = DenseReference.figures(sample, kind: kind, damping: .diagonal(0.1))
          .disagreements(with: found.figures, tolerance: 1e-8)
        #expect(lines.isEmpty, "\(kind) \(solver): \(lines.prefix(6))")
      }
    }
  }

  @Test("whitening with the same minibatches gives constants, whatever the data say", arguments: [1, 2, 3])
  func whiteningTrap(seed: Int) throws {
    // Eight examples in four minibatches, P = 20 > M: the empirical Fisher's own rows make up the gradients.
    var sample = RandomSample(
      name: "", seed: seed, sizes: [2, 2, 2, 2], tensors: [20], ids: RandomSample.even(4, 2)
    ).sample
    var means = DenseMatrix(4, 8)
    for row in 0..<8 { means[row / 2, row] = 0.5 }
    sample.gradients = means * sample.factors[.empirical]!.rows
    let empirical = try audit(sample, AuditOptions(fisher: .empirical, damping: .none)).kl!
    #expect(abs(empirical.inSample!.cosine.value) < 1e-9)
    #expect(abs(empirical.inSample!.norm.value - 2) < 1e-9, "√(M/b) = √(8/2)")
    #expect(empirical.outsideRange! < 1e-9)
    #expect(empirical.heldOut == nil && empirical.inSample!.tic == nil)

    // Q = ((N−1)/b)(I − 11ᵀ/N) + 11ᵀ
    let minibatch = try audit(sample, AuditOptions(fisher: .minibatch, damping: .none, keepsArrays: true))
    for i in 0..<4 {
      for j in 0..<4 {
        #expect(abs(minibatch.arrays!.kl![i, j] - (3.0 / 2 * ((i == j ? 1 : 0) - 0.25) + 1)) < 1e-8)
      }
    }
    #expect(minibatch.kl!.inSample!.tic == nil)
  }

  @Test("the exact Fisher's constants are those of the examples' own probabilities")
  func exactWhiteningTrap() throws {
    // More parameters than factor rows, so that examples are independent.
    let network = NetworkSample(widths: [12, 3], sizes: [1, 1, 1, 1], seed: 6)
    let found = try audit(network.sample, AuditOptions(fisher: .exact, damping: .none, keepsArrays: true))
    let outputs = network.outputs
    for (example, label) in network.labels.enumerated() {
      let logits = outputs[(example * 3)..<(example * 3 + 3)].map { exp($0) }
      // norm² = (n/b²)Σ(1/p_y − 1)
      let square = 4 * (logits.reduce(0, +) / logits[label] - 1)
      #expect(abs(found.arrays!.kl![example, example] - square) < 1e-6 * square)
    }
    #expect(abs(found.kl!.inSample!.cosine.value) < 1e-8)
  }

  @Test("minibatches that partition one epoch have a cosine of −1/(N−1) at the minimum")
  func nullCosine() throws {
    // The corners of a simplex: of one length, adding up to zero.
    let gradients = (0..<5).map { i in (0..<5).map { $0 == i ? 0.8 : -0.2 } }
    let found = try audit(
      sample(gradients, factors: hadamard(8)[1...6].map { Array($0[..<5]) }), AuditOptions(measures: .regret))
    #expect(abs(found.euclidean!.cosine.value + 0.25) < 1e-12)
    #expect(found.euclidean!.contrast == nil && found.euclidean!.noiseScale == nil)
  }

  @Test("errors come from leaving out minibatches, not pairs")
  func jackknife() throws {
    // Lengths alone differ: R_ij = q_j on orthogonal gradients, so the regret is the mean length with its error s/√N.
    let lengths = [1.0, 2, 4, 5, 8]
    let gradients = lengths.indices.map { i in lengths.indices.map { $0 == i ? lengths[i] : 0 } }
    let found = try audit(sample(gradients, factors: gradients), AuditOptions(measures: .regret)).euclidean!
    let mean = lengths.reduce(0, +) / 5
    let variance = lengths.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 4
    #expect(abs(found.regret.value - mean) < 1e-12)
    #expect(abs(found.regret.standardError! - (variance / 5).squareRoot()) < 1e-12)
  }
}
