import Checkpoint
import Testing

@testable import Regret

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// What others read from inner products, word for word, with every left-out minibatch recomputed from a smaller Q.
enum DenseRelated {
  private static func pairs(_ q: DenseMatrix) -> [(i: Int, j: Int)] {
    (0..<q.rows).flatMap { i in (0..<q.rows).filter { $0 != i }.map { (i, $0) } }
  }

  private static func mean(_ terms: [Double]) -> Double { terms.reduce(0, +) / Double(terms.count) }

  static func median(_ regrets: DenseMatrix) -> Double {
    let terms = pairs(regrets).map { regrets[$0.i, $0.j] }.sorted()
    let middle = terms.count / 2
    return terms.count.isMultiple(of: 2) ? (terms[middle - 1] + terms[middle]) / 2 : terms[middle]
  }

  static func geometricMean(_ regrets: DenseMatrix, floor: Double) -> Double {
    exp(mean(pairs(regrets).map { log(max(floor, regrets[$0.i, $0.j])) }))
  }

  /// The regret of each gradient on the mean of the others, a vector of weights 1/(N − 1) of them.
  static func regretOnMean(_ q: DenseMatrix) -> Double {
    mean(
      (0..<q.rows).map { i in
        let others = (0..<q.rows).filter { $0 != i }
        let weight = 1 / Double(others.count)
        let square = others.reduce(0) { sum, j in others.reduce(sum) { $0 + weight * weight * q[j, $1] } }
        let cross = others.reduce(0) { $0 + weight * q[i, $1] }
        return sqrt(square) * (1 - cross / (sqrt(q[i, i]) * sqrt(square)))
      })
  }

  static func typical(_ regrets: DenseMatrix, largest: Double) -> Figures {
    let terms = pairs(regrets).map { regrets[$0.i, $0.j] }
    let floor = 1e-6 * terms.max()!
    func mean(_ regrets: DenseMatrix) -> Double { geometricMean(regrets, floor: floor) }
    return [
      "median_regret": Figure(median(regrets), scale: sqrt(largest))
    ].merging(
      DenseStatistics.estimate(
        "geometric_mean_regret", of: regrets, scale: mean(regrets) * sqrt(largest) / max(floor, terms.min()!), mean)
    ) { $1 }
  }

  static func table(_ q: DenseMatrix) -> Figures {
    let largest = q.diagonal.max()!
    var figures = typical(DenseStatistics.regrets(q), largest: largest)
    func add(_ name: String, _ scale: Double, _ statistic: (DenseMatrix) -> Double) {
      figures.merge(DenseStatistics.estimate(name, of: q, scale: scale, statistic)) { $1 }
    }
    func ratio(_ q: DenseMatrix) -> Double {
      DenseStatistics.pairsMean(DenseStatistics.regrets(q)) / regretOnMean(q)
    }
    func meanSquare(_ q: DenseMatrix) -> Double {
      let count = Double(q.rows)
      return (0..<q.rows).reduce(0) { sum, row in (0..<q.rows).reduce(sum) { $0 + q[row, $1] } } / (count * count)
    }
    func distance(_ q: DenseMatrix, _ pair: (i: Int, j: Int)) -> Double {
      sqrt(q[pair.i, pair.i] + q[pair.j, pair.j] - 2 * q[pair.i, pair.j])
    }
    add("regret_on_mean", sqrt(largest), regretOnMean)
    add("regret_ratio", ratio(q) * (1 + sqrt(largest) / regretOnMean(q)), ratio)
    add("disparity", largest / pairs(q).map { distance(q, $0) }.min()!) { q in mean(pairs(q).map { distance(q, $0) }) }
    add("one_step_ratio", largest / meanSquare(q)) { DenseStatistics.pairsMean($0) / meanSquare($0) }
    add("stiffness", 1) { q in mean(pairs(q).map { q[$0.i, $0.j] > 0 ? 1 : -1 }) }
    return figures
  }
}

extension TypicalRegret {
  fileprivate var figures: [String: Double?] {
    [
      "median_regret": median, "geometric_mean_regret.value": geometricMean.value,
      "geometric_mean_regret.stderr": geometricMean.standardError,
    ]
  }
}

extension RelatedStatistics {
  fileprivate var figures: [String: Double?] {
    var figures = regret.figures
    let estimates: [(String, Estimate?)] = [
      ("regret_on_mean", regretOnMean), ("regret_ratio", regretRatio), ("disparity", disparity),
      ("stiffness", stiffness), ("one_step_ratio", oneStepRatio),
    ]
    for (name, estimate) in estimates {
      figures.updateValue(estimate?.value, forKey: "\(name).value")
      figures.updateValue(estimate?.standardError, forKey: "\(name).stderr")
    }
    return figures
  }
}

@Suite("What others read from inner products")
struct RelatedMeasuresTests {
  @Test("is what its definitions say", .tags(.reference), arguments: [2, 3, 4, 9], [0, 0.5, 3])
  func definitions(count: Int, common: Double) throws {
    var generator = TestGenerator(count)
    let shared = (0..<20).map { _ in common * generator.normal() }
    let rows = (0..<count).map { _ in shared.map { $0 + generator.normal() * exp(generator.normal()) } }
    let gradients = DenseMatrix(rows, columns: 20)
    let q = gradients * gradients.transposed
    let related = try #require(InnerProducts(matrix: Matrix(count, count) { q[$0, $1] }).related)
    let lines = DenseRelated.table(q).disagreements(with: related.figures, tolerance: 1e-12)
    #expect(lines.isEmpty, "\(lines.joined(separator: "; "))")
  }

  @Test(
    "is told of files", .tags(.reference), arguments: RandomSample.all.filter { $0.sizes.count > 4 },
    [SolverChoice.gram, .primal, .cg])
  func audits(random: RandomSample, solver: SolverChoice) throws {
    let sample = random.sample
    let damping = Damping.diagonal(0.1)
    for kind in [FisherKind.exact, .minibatch] where solver != .cg || kind == .exact {
      guard kind == .minibatch || sample.factors[kind] != nil else { continue }
      let options = AuditOptions(fisher: kind, damping: damping, measures: .all, solver: solver)
      let related = try #require(try Audit(of: sample.input, options: options).related)
      let nonzero = (0..<sample.gradients.rows).filter { row in sample.gradients.row(row).contains { $0 != 0 } }
      let own = sample.gradients.keeping(rows: nonzero)
      func compare(_ name: String, _ expected: Figures, _ found: [String: Double?]?) throws {
        let lines = expected.disagreements(with: try #require(found), tolerance: 1e-5)
        #expect(lines.isEmpty, "\(kind) \(name): \(lines.prefix(4).joined(separator: "; "))")
      }
      try compare("euclidean", DenseRelated.table(own * own.transposed), related.euclidean?.figures)
      let fisher = DenseFisher(
        kind, gradients: sample.gradients, sizes: sample.sizes, factors: sample.factors[kind]?.rows,
        ids: sample.factors[kind]?.ids)
      let resolved = fisher.resolve(damping)
      let q = fisher.quadratic(own, resolved)
      let positive = fisher.positive(q, own)
      try compare(
        "in-sample", DenseRelated.table(q.keeping(rows: positive, columns: positive)), related.inSample?.figures)
      guard let heldOut = related.heldOut else { continue }
      let left = positive.map { nonzero[$0] }
      var regrets = DenseMatrix(left.count, left.count)
      var largest = 0.0
      for i in left.indices {
        for j in left.indices where j != i {
          let two = sample.gradients.keeping(rows: [left[i], left[j]])
          let q = fisher.quadratic(two, resolved, fisher.without(left[i], left[j]))
          regrets[i, j] = sqrt(q[1, 1]) - q[0, 1] / sqrt(q[0, 0])
          largest = max(largest, q[0, 0])
        }
      }
      try compare("held-out", DenseRelated.typical(regrets, largest: largest), heldOut.figures)
    }
  }

  @Test(
    "has the errors of its definitions where one gradient is far longer than the others", .tags(.reference),
    arguments: [1e3, 1e7, 1e9, 1e12])
  func outlier(length: Double) throws {
    var generator = TestGenerator(7)
    let shared = (0..<40).map { _ in generator.normal() }
    let rows = (0..<9).map { row in shared.map { row == 4 ? length * generator.normal() : $0 + generator.normal() } }
    let gradients = DenseMatrix(rows, columns: 40)
    let q = gradients * gradients.transposed
    let products = InnerProducts(matrix: Matrix(9, 9) { q[$0, $1] })
    let (related, table) = (
      try #require(products.related), try #require(products.statistics(batchSize: 8, hasTIC: false))
    )
    func meanSquare(_ q: DenseMatrix) -> Double {
      (0..<q.rows).reduce(0) { sum, row in (0..<q.rows).reduce(sum) { $0 + q[row, $1] } } / Double(q.rows * q.rows)
    }
    func square(_ q: DenseMatrix) -> Double { q.diagonal.reduce(0, +) / Double(q.rows) }
    let pairs = DenseStatistics.pairsMean
    let cases: [(String, Estimate?, (DenseMatrix) -> Double)] = [
      ("regret", table.regret, { pairs(DenseStatistics.regrets($0)) }),
      ("coherence", table.coherence, { pairs($0) / square($0) }),
      ("noise scale", table.noiseScale, { 8 * (square($0) - pairs($0)) / pairs($0) }),
      ("regret on mean", related.regretOnMean, DenseRelated.regretOnMean),
      ("regret ratio", related.regretRatio, { pairs(DenseStatistics.regrets($0)) / DenseRelated.regretOnMean($0) }),
      ("one-step ratio", related.oneStepRatio, { pairs($0) / meanSquare($0) }),
    ]
    for (name, found, statistic) in cases {
      if name == "noise scale" && pairs(q) <= 0 { continue }
      let found = try #require(found, "\(name)")
      #expect(abs(found.value - statistic(q)) <= 1e-9 * abs(statistic(q)), "\(name)")
      let error = try #require(DenseStatistics.jackknife(q, statistic))
      #expect(abs(try #require(found.standardError, "\(name)") - error) <= 1e-6 * error, "\(name)")
    }
  }

  @Test(
    "what rounding leaves of parallel gradients is no regret below zero, no noise and no ratio",
    arguments: [[1.0, 1, 1, 1, 1], [0.3, 7, 1.1, 2.7, 13]])
  func parallel(lengths: [Double]) throws {
    var generator = TestGenerator(3)
    let direction = (0..<300).map { _ in generator.normal() }
    let gradients = DenseMatrix(lengths.map { length in direction.map { Double(Float(length * $0)) } }, columns: 300)
    let normal = (0..<50).map { _ in (0..<300).map { _ in generator.normal() } }
    let factors = DenseMatrix(normal, columns: 300)
    let sample = TestSample(
      gradients: gradients, sizes: [Int](repeating: 32, count: 5),
      tensors: [TensorColumns(name: "w", shape: [300], offset: 0, count: 300)],
      factors: [.exact: (factors, (0..<50).map { $0 / 10 })])
    let audit = try Audit(of: sample.input, options: AuditOptions(measures: .all))
    let regrets = [
      audit.euclidean?.regret, audit.kl?.inSample?.regret, audit.kl?.heldOut?.regret, audit.kl?.estimate?.regret,
    ]
    let bound = 1e-5 * lengths.max()!
    for found in regrets {
      let regret = try #require(found)
      #expect(regret.value >= 0 && regret.value < bound)
      #expect((regret.interval?.low ?? 0) >= 0)
    }
    #expect(try #require(audit.euclidean).noise >= 0)
    #expect(audit.related?.euclidean?.regretRatio == nil && audit.related?.inSample?.regretRatio == nil)
    #expect(try #require(audit.dampingPath).allSatisfy { $0.regretRatio == nil })
    if Set(lengths).count == 1 { #expect(!audit.warnings.contains { $0.code == "fisher_scale" }) }
  }

  @Test("what rounding leaves of orthogonal gradients is no noise scale")
  func orthogonal() throws {
    for seed in 0..<20 {
      // Gram–Schmidt in double precision leaves inner products of 1e-17.
      var generator = TestGenerator(seed)
      var rows: [[Double]] = []
      for _ in 0..<6 {
        var row = (0..<6).map { _ in generator.normal() }
        for _ in 0..<2 {
          for other in rows {
            let product = zip(row, other).reduce(0) { $0 + $1.0 * $1.1 }
            row = zip(row, other).map { $0 - product * $1 }
          }
          let length = sqrt(row.reduce(0) { $0 + $1 * $1 })
          row = row.map { $0 / length }
        }
        rows.append(row)
      }
      let q = DenseMatrix(rows, columns: 6) * DenseMatrix(rows, columns: 6).transposed
      let table = try #require(
        InnerProducts(matrix: Matrix(6, 6) { q[$0, $1] }).statistics(batchSize: 32, hasTIC: false))
      #expect(table.noiseScale == nil && table.contrast == nil)
    }
  }

  @Test("a noise scale has no upper end where the mean gradient may be none, and cosines end at one")
  func open() throws {
    var generator = TestGenerator(1)
    var found = 0
    for _ in 0..<40 {
      let rows = DenseMatrix((0..<8).map { _ in (0..<30).map { _ in generator.normal() } }, columns: 30)
      let q = rows * rows.transposed
      let table = try #require(
        InnerProducts(matrix: Matrix(8, 8) { q[$0, $1] }).statistics(batchSize: 32, hasTIC: false))
      guard let scale = table.noiseScale, table.meanGradientSquare.interval!.low <= 0 else { continue }
      found += 1
      #expect(scale.interval!.high == nil && scale.standardError != nil)
    }
    #expect(found > 5)
    let equal = InnerProducts(matrix: Matrix(4, 4) { $0 == $1 ? 0.1 + 0.2 : 0.3.nextUp + 1e-16 })
    #expect(equal.cosines.elements.allSatisfy { $0 <= 1 })
  }

  @Test("an interval on the logarithmic scale is not told by what rounding leaves without a minibatch")
  func intervalOfRounding() {
    for rest in [0, 1e-16, 3e-15] {
      let estimate = Jackknife.estimate(value: 2, left: [rest, 2.1, 2, 1.9, 2], scale: .logarithmic)
      let exact = Jackknife.estimate(value: 2, left: [0, 2.1, 2, 1.9, 2], scale: .logarithmic)
      #expect(estimate.interval!.low > 0.9 * exact.interval!.low)
      #expect(estimate.interval!.high! < 1.1 * exact.interval!.high!)
    }
  }

  @Test("is finite where gradients are equal, opposite or cancel")
  func degenerate() throws {
    let equal = try #require(InnerProducts(matrix: Matrix(4, 4) { _, _ in 2 }).related)
    #expect(equal.regret.median < 1e-15 && equal.regret.geometricMean.value < 1e-15)
    #expect(abs(equal.regretOnMean.value) < 1e-15)
    #expect(equal.disparity.value == 0 && equal.stiffness.value == 1)
    // Two and two opposite: the mean of the others is a third of the opposite.
    let opposite = try #require(
      InnerProducts(matrix: Matrix(4, 4) { ($0 < 2) == ($1 < 2) ? 1 : -1 }).related)
    #expect(abs(opposite.regretOnMean.value - 2.0 / 3) < 1e-15)
    #expect(abs(opposite.stiffness.value + 1.0 / 3) < 1e-15)
    #expect(opposite.oneStepRatio == nil)
    #expect(equal.oneStepRatio?.value == 1)
    #expect(InnerProducts(matrix: Matrix(1, 1) { _, _ in 1 }).related == nil)
  }
}
