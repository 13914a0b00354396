#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif
import Checkpoint
import Foundation
import Testing

@testable import Regret

@Suite("Sketched rows and the definitions", .tags(.reference))
struct SketchTests {
  static let irregular = RandomSample(
    name: "irregular", seed: 3, sizes: [4, 9, 4, 16, 7, 5], tensors: [24, 3, 31, 5], ids: RandomSample.even(6, 4),
    zeroGradients: [2], deadColumns: [5, 33], spread: 2
  ).sample

  /// c of a Fisher of eigenvalues `values`: the largest root of c = 1 − n·tr F(F + cλI)⁻¹, by steps from 1.
  static func ratio(_ values: [Double], _ weight: Double, noise: Double) -> Double {
    guard noise > 0, weight < 1 else { return 1 }
    var ratio = 1.0
    for _ in 0..<10_000 {
      let dimension = values.reduce(0) { $0 + $1 / ($1 + ratio * weight / (1 - weight)) }
      let next = max(0.05, 1 - noise * dimension)
      if abs(next - ratio) < 1e-15 { break }
      ratio = next
    }
    return ratio
  }

  /// n where tensor t has c_t = 1 − d_t/k_t, d_t the trace of its block of F(F + cλI)⁻¹, and 1/c is the mean over gradients of 1/c_t
  /// weighted by the squares of (F + cλI)⁻¹g there.
  static func refined(
    _ noise: Double, _ fisher: DenseMatrix, _ values: [Double], _ gradients: DenseMatrix, _ weight: Double,
    blocks: [(columns: [Int], isWhole: Bool)]
  ) -> Double {
    guard noise > 0, weight < 1 else { return noise }
    let shift = ratio(values, weight, noise: noise) * weight / (1 - weight)
    var shifted = fisher
    for column in 0..<shifted.rows { shifted[column, column] += shift }
    let inverse = shifted.inverse
    let (leverages, solved) = ((fisher * inverse).diagonal, gradients * inverse)
    let ratios = blocks.map { block in
      block.isWhole
        ? 1 : max(0.05, 1 - block.columns.reduce(0) { $0 + leverages[$1] } / Double(block.columns.count))
    }
    var (sum, count) = (0.0, 0.0)
    for row in 0..<solved.rows {
      let squares = blocks.map { block in block.columns.reduce(0) { $0 + solved[row, $1] * solved[row, $1] } }
      let whole = squares.reduce(0, +)
      guard whole > 0 else { continue }
      sum += zip(squares, ratios).reduce(0) { $0 + $1.0 / whole / $1.1 }
      count += 1
    }
    return (1 - count / sum) / values.reduce(0) { $0 + $1 / ($1 + shift) }
  }

  /// ((1−ρ)F + cρI)⁻¹
  static func inverse(_ fisher: DenseMatrix, _ weight: Double, _ ratio: Double) -> DenseMatrix {
    var damped = fisher * (1 - weight)
    for column in 0..<damped.rows { damped[column, column] += ratio * weight }
    return damped.inverse
  }

  static func regret(_ q: DenseMatrix) -> Double {
    var sum = 0.0
    for i in 0..<q.rows {
      for j in 0..<q.rows where i != j { sum += sqrt(q[j, j]) - q[i, j] / sqrt(q[i, i]) }
    }
    return sum / Double(q.rows * (q.rows - 1))
  }

  private static func mean(_ rows: DenseMatrix) -> DenseMatrix { rows.transposed * rows * (1 / Double(rows.rows)) }

  static func isClose(_ found: Double?, _ expected: Double, _ tolerance: Double = 1e-8) -> Bool {
    found.map { abs($0 - expected) <= tolerance * abs(expected) + 1e-15 } ?? false
  }

  // Widths below and above the number of factor rows, of tensors that are whole, one less than whole, and all whole.
  @Test(
    "agree for every solver",
    arguments: [[8, 3, 9, 4], [13, 2, 17, 5], [23, 3, 30, 5], [24, 3, 31, 5], [1, 1, 1, 1]],
    [SolverChoice.gram, .primal, .cg])
  func agree(widths: [Int], solver: SolverChoice) throws {
    let sketched = SketchedSample(Self.irregular, widths: widths, pilots: 7, seed: 5)
    let (counts, kept) = (Self.irregular.tensors.map(\.count), [0, 1, 3, 4, 5])
    let shares = zip(widths, counts).reduce(0.0) { sum, tensor in
      let share = Double(tensor.1) / Double(counts.reduce(0, +))
      return sum + (tensor.0 < tensor.1 ? share * share / Double(tensor.0) : 0)
    }
    let fisher = Self.mean(sketched.factors)
    let own = sketched.gradients.keeping(rows: kept)
    let values = fisher.eigen.values
    var offset = 0
    let blocks = widths.map { width in
      let columns = Array(offset..<(offset + width))
      offset += width
      let block = Self.mean(sketched.factors.keeping(columns: columns))
      return (columns: columns, fisher: block, values: block.eigen.values)
    }
    for weight in [0.3, 0.02, 1] {
      let audit = try Audit(
        of: sketched.input(), options: AuditOptions(damping: .diagonal(weight), solver: solver))
      let noise = Self.refined(
        shares, fisher, values, sketched.gradients, weight,
        blocks: blocks.indices.map { (blocks[$0].columns, widths[$0] == counts[$0]) })
      let ratio = Self.ratio(values, weight, noise: noise)
      let q = own * Self.inverse(fisher, weight, ratio) * own.transposed
      #expect(Self.isClose(audit.kl?.inSample?.regret.value, Self.regret(q)), "\(weight)")
      let raw = sketched.raw.keeping(rows: kept)
      #expect(Self.isClose(audit.euclidean?.regret.value, Self.regret(raw * raw.transposed)))
      #expect(audit.parameterCount == 63 && audit.zeroGradients == 1)
      let summary = try #require(audit.sketch)
      #expect(summary.width == widths.reduce(0, +) && summary.pilotRowCount == 7 && summary.deadParameterCount == 2)
      #expect(Self.isClose(summary.correction, ratio, 1e-8))

      var held: [(Int, Int, DenseMatrix)] = []
      let ids = sketched.sample.factors[.sampled]!.ids!
      for (first, i) in kept.enumerated() {
        for (second, j) in kept.enumerated() where first < second {
          let rest = Self.mean(sketched.factors.keeping(rows: ids.indices.filter { ids[$0] != i && ids[$0] != j }))
          let two = sketched.gradients.keeping(rows: [i, j])
          held.append((first, second, two * Self.inverse(rest, weight, ratio) * two.transposed))
        }
      }
      let heldOut = held.reduce(0) { $0 + Self.regret($1.2) } / Double(held.count)
      #expect(Self.isClose(audit.kl?.heldOut?.regret.value, heldOut), "\(weight) held-out")

      for point in try #require(audit.dampingPath) {
        let ratio = Self.ratio(values, point.weight, noise: noise)
        let q = own * Self.inverse(fisher, point.weight, ratio) * own.transposed
        #expect(Self.isClose(point.regret, Self.regret(q), 1e-7), "path \(point.weight)")
        #expect(point.regretRatio == nil)
      }
      for (index, tensor) in try #require(audit.tensors).enumerated() {
        let (columns, block, values) = blocks[index]
        let part = sketched.gradients.keeping(rows: kept, columns: columns)
        let isWhole = widths[index] == counts[index]
        let ratio = Self.ratio(values, weight, noise: isWhole ? 0 : 1 / Double(widths[index]))
        let q = part * Self.inverse(block, weight, ratio) * part.transposed
        #expect(Self.isClose(tensor.kl?.value, Self.regret(q), 1e-5), "\(tensor.name) at \(weight)")
        let raw = sketched.raw.keeping(rows: kept, columns: columns)
        #expect(Self.isClose(tensor.euclidean?.value, Self.regret(raw * raw.transposed)))
        #expect(tensor.count == counts[index] && tensor.live == nil)
      }
    }
  }

  @Test(
    "agree with whole rows where nothing is lost and pilots are all rows", arguments: [SolverChoice.gram, .primal, .cg])
  func whole(solver: SolverChoice) throws {
    let sample = Self.irregular
    let options = AuditOptions(
      fisher: .sampled, damping: .diagonal(0.2), measures: Measures.all.subtracting([.fisher, .parameters]),
      solver: solver)
    let audit = try Audit(of: sample.input, options: options)
    let sketched = SketchedSample(sample, widths: sample.tensors.map(\.count), pilots: 24, seed: 1)
    let other = try Audit(of: sketched.input(), options: options)
    #expect(other.sketch?.correction == 1)
    for path in [\KLMeasures.inSample?.regret.value, \.heldOut?.regret.value, \.estimate?.regret.value]
      as [KeyPath<KLMeasures, Double?>]
    {
      #expect(Self.isClose(other.kl?[keyPath: path], try #require(audit.kl?[keyPath: path]), 1e-7))
    }
    #expect(Self.isClose(other.euclidean?.regret.value, audit.euclidean!.regret.value))
    #expect(other.euclidean?.regret.sketch == nil && other.kl?.inSample?.regret.sketch == nil)
    for (one, two) in zip(audit.tensors!, other.tensors!) { #expect(Self.isClose(two.kl?.value, one.kl!.value, 1e-7)) }
  }

  @Test("say in a line what they cannot tell")
  func refused() throws {
    let input = SketchedSample(Self.irregular, widths: [8, 3, 9, 4], pilots: 7, seed: 5).input()
    for (damping, words) in [(Damping.identity(0.1), "identity damping"), (.none, "without damping")] {
      #expect {
        try Audit(of: input, options: AuditOptions(damping: damping))
      } throws: { "\($0)".contains(words) }
    }
    let audit = try Audit(of: input, options: AuditOptions())
    #expect(audit.fisher == nil)
    #expect(audit.plan.skipped.map(\.measure) == ["fisher", "parameters"])
    #expect(
      throws: AuditError.outOfReach(measure: "fisher", reason: "a sketch keeps no factor rows in raw coordinates")
    ) {
      try Audit(of: input, options: AuditOptions(measures: .fisher))
    }
    // The factors take up more than the sketch has.
    #expect(audit.warnings.contains { $0.code == "sketch_narrow" })
  }

  @Test("agree where the Fisher is made of the gradients")
  func minibatch() throws {
    let (widths, counts) = ([13, 2, 17, 5], Self.irregular.tensors.map(\.count))
    let sketched = SketchedSample(Self.irregular, widths: widths, pilots: 24, seed: 5)
    let fisher = DenseFisher.ofMinibatches(sketched.gradients, sketched.sample.sizes)
    let values = fisher.eigen.values.map { max(0, $0) }
    let kept = [0, 1, 3, 4, 5]
    let shares = zip(widths, counts).reduce(0.0) { sum, tensor in
      let share = Double(tensor.1) / Double(counts.reduce(0, +))
      return sum + (tensor.0 < tensor.1 ? share * share / Double(tensor.0) : 0)
    }
    let blocks = [0..<13, 13..<15, 15..<32, 32..<37].enumerated().map { (Array($1), widths[$0] == counts[$0]) }
    for weight in [0.3, 0.02] {
      let audit = try Audit(
        of: sketched.input(), options: AuditOptions(fisher: .minibatch, damping: .diagonal(weight)))
      let noise = Self.refined(shares, fisher, values, sketched.gradients, weight, blocks: blocks)
      let ratio = Self.ratio(values, weight, noise: noise)
      let own = sketched.gradients.keeping(rows: kept)
      let q = own * Self.inverse(fisher, weight, ratio) * own.transposed
      #expect(Self.isClose(audit.sketch?.correction, ratio, 1e-7))
      #expect(Self.isClose(audit.kl?.inSample?.regret.value, Self.regret(q), 1e-7))
      #expect(try #require(audit.kl?.inSample?.regret.sketch).standardError > 0)
    }
  }

  /// Minibatches of two groups that take turns, and the same in order.
  @Test("keep their places where groups are put in order")
  func groups() throws {
    let sketched = SketchedSample(Self.irregular, widths: [13, 2, 17, 5], pilots: 24, seed: 5)
    var mixed = sketched.input()
    mixed.groups = MinibatchGroups(names: ["a", "b"], ids: [1, 0, 1, 0, 0, 1])
    let order = [1, 3, 4, 0, 2, 5]
    var sample = Self.irregular
    sample.gradients = sample.gradients.keeping(rows: order)
    sample.sizes = order.map { sample.sizes[$0] }
    sample.factors = sample.factors.mapValues { rows, ids in
      (rows, ids!.map { id in order.firstIndex(of: id)! })
    }
    var sorted = SketchedSample(sample, widths: [13, 2, 17, 5], pilots: 24, seed: 5).input()
    sorted.groups = MinibatchGroups(names: ["a", "b"], ids: [0, 0, 0, 1, 1, 1])
    let options = AuditOptions(damping: .diagonal(0.2), measures: [.regret, .heldOut])
    let (one, two) = (try Audit(of: mixed, options: options), try Audit(of: sorted, options: options))
    #expect(one.minibatchCount == 3)
    #expect(Self.isClose(one.euclidean?.regret.value, two.euclidean!.regret.value))
    #expect(Self.isClose(one.kl?.inSample?.regret.value, two.kl!.inSample!.regret.value))
    #expect(
      Self.isClose(one.kl?.inSample?.regret.sketch?.standardError, two.kl!.inSample!.regret.sketch!.standardError))
    #expect(Self.isClose(one.kl?.dead, two.kl!.dead))
    #expect(one.sketch?.outsidePilotFactors == 0)
    let transfers = zip(try #require(one.groups).pairs, try #require(two.groups).pairs)
    for (own, other) in transfers {
      #expect(own.from == other.from && own.to == other.to)
      #expect(Self.isClose(own.euclidean?.regret.value, other.euclidean!.regret.value))
    }
  }

  @Test("are attacked by value as whole rows are", arguments: [Double.nan, .infinity, 1e-300, 1e200])
  func values(value: Double) throws {
    var sketched = SketchedSample(Self.irregular, widths: [13, 2, 17, 5], pilots: 24, seed: 5)
    for place in [\SketchedSample.raw, \.gradients, \.factors] {
      let whole = sketched
      if value.isFinite {
        // A whole row, so that its square leaves the range.
        for column in 0..<37 { sketched[keyPath: place][1, column] *= value }
      } else {
        sketched[keyPath: place][1, 3] = value
      }
      #expect {
        _ = try Audit(of: sketched.input(), options: AuditOptions(damping: .diagonal(0.1)))
        // A factor row that is next to nothing is one that is zero.
        if place == \.factors, value == 1e-300 { throw CancellationError() }
      } throws: { error in
        !"\(error)".contains("\n")
      }
      if !value.isFinite {
        let left = try Audit(of: sketched.input().leavingOutNonFinite(), options: AuditOptions(damping: .diagonal(0.1)))
        #expect(left.minibatchCount == (place == \.factors ? 6 : 5) && left.sketch != nil)
        #expect(left.warnings.contains { $0.code == "rows_left_out" })
      }
      sketched = whole
    }
  }

  @Test(
    "have the same numbers for 1, 2 and 7 workers, and in float32 but for rounding",
    arguments: [SolverChoice.gram, .primal, .cg])
  func workers(solver: SolverChoice) throws {
    let sketched = SketchedSample(Self.irregular, widths: [13, 2, 17, 5], pilots: 7, seed: 5)
    func audit(_ workers: Int, _ type: ElementType = .float64) throws -> Audit {
      var audit = try Audit(
        of: sketched.input(type), options: AuditOptions(damping: .auto, solver: solver, workerCount: workers))
      audit.plan.workerCount = 0
      audit.plan.expectedPeak = 0
      return audit
    }
    let one = try audit(1)
    #expect(try audit(2) == one)
    #expect(try audit(7) == one)
    let narrow = try audit(2, .float32)
    #expect(Self.isClose(narrow.kl?.inSample?.regret.value, one.kl!.inSample!.regret.value, 1e-4))
  }

  /// ∂s/∂Q by differences, through the whole of what is printed.
  @Test("have statistics that move with inner products as their error takes them to")
  func sensitivities() throws {
    let matrix = { () -> Matrix in
      var generator = TestGenerator(2)
      let rows = Matrix(7, 20) { _, column in generator.normal() + (column < 4 ? 1 : 0) }
      return rows.timesTransposed(rows)
    }()
    func values(_ matrix: Matrix) throws -> [Double] {
      let statistics = try #require(InnerProducts(matrix: matrix).statistics(batchSize: 3, hasTIC: false))
      return PairStatistics.sketchedEstimates.map { statistics[keyPath: $0].value }
    }
    let sensitivities = PairStatistics.sensitivities(matrix)
    for (i, j) in [(0, 0), (3, 3), (1, 5), (6, 2)] {
      func moved(_ step: Double) throws -> [Double] {
        var other = matrix
        other[i, j] += step
        if i != j { other[j, i] += step }
        return try values(other)
      }
      let (up, down) = (try moved(1e-5), try moved(-1e-5))
      // Of C = vvᵀ with v = e_i + e_j (e_i): tr(WC)² = (vᵀWv)².
      let places = i == j ? [i] : [i, j]
      let square = Matrix(7, 7) { places.contains($0) && places.contains($1) ? 1 : 0 }
      for (index, sensitivity) in sensitivities.enumerated() {
        var change = (up[index] - down[index]) / 2e-5
        if i != j {
          // vᵀWv holds W_ii and W_jj too.
          for place in places {
            func alone(_ step: Double) throws -> Double {
              var other = matrix
              other[place, place] += step
              return try values(other)[index]
            }
            change += (try alone(1e-5) - alone(-1e-5)) / 2e-5
          }
        }
        #expect(abs(sensitivity.squaredTrace(square).squareRoot() - abs(change)) < 1e-7, "\(index) at \(i), \(j)")
      }
    }
  }

  /// Sketches of one sample with hashes of their own: the mean is right, and intervals hold the number of whole rows.
  @Test("are right on the mean, and intervals hold the numbers of whole rows", .tags(.property))
  func coverage() throws {
    let (count, rowCount, parameters) = (12, 48, 3_000)
    var generator = TestGenerator(8)
    let directions = (0..<6).map { index in generator.normals(parameters).map { $0 * 3 / Double(index + 1) } }
    func row() -> [Double] {
      var row = generator.normals(parameters)
      for direction in directions {
        let size = generator.normal()
        for column in row.indices { row[column] += size * direction[column] }
      }
      return row
    }
    let common = row()
    let sample = TestSample(
      gradients: DenseMatrix(
        (0..<count).map { _ in zip(row(), common).map { $0 / 3 + 0.3 * $1 } }, columns: parameters),
      sizes: [Int](repeating: 9, count: count),
      tensors: [
        TensorColumns(name: "a", shape: [2_000], offset: 0, count: 2_000),
        TensorColumns(name: "b", shape: [970], offset: 2_000, count: 970),
        TensorColumns(name: "c", shape: [30], offset: 2_970, count: 30),
      ],
      factors: [
        .sampled: (DenseMatrix((0..<rowCount).map { _ in row() }, columns: parameters), RandomSample.even(12, 4))
      ])
    let options = AuditOptions(damping: .diagonal(0.1), measures: [.regret, .heldOut], solver: .gram)
    let whole = try Audit(
      of: SketchedSample(sample, widths: [2_000, 970, 30], pilots: 48, seed: 1).input(), options: options)
    let draws = ProcessInfo.processInfo.environment["DRAWS"].flatMap(Int.init) ?? 150
    let paths: [(String, Double, (Audit) -> Estimate?)] = [
      ("KL", 0.01, { $0.kl?.inSample?.regret }), ("held-out", 0.01, { $0.kl?.heldOut?.regret }),
      ("Euclidean", 0.01, { $0.euclidean?.regret }),
    ]
    let audits = try (0..<draws).map { draw in
      // 768 columns are 16 times the factor rows.
      try Audit(
        of: SketchedSample(sample, widths: [500, 238, 30], pilots: 48, seed: 100 + draw).input(), options: options)
    }
    for (name, bound, path) in paths {
      let truth = try #require(path(whole)).value
      let found = audits.compactMap(path)
      let errors = found.map { $0.value / truth - 1 }
      let mean = errors.reduce(0, +) / Double(draws)
      let spread = (errors.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(draws - 1)).squareRoot()
      #expect(abs(mean) < bound + 3 * spread / Double(draws).squareRoot(), "\(name)")
      let told = found.compactMap { $0.sketch.map { $0.standardError / truth } }.reduce(0, +) / Double(draws)
      #expect(told > 0.8 * spread && told < 1.25 * spread, "\(name): \(told) for \(spread)")
      let held = found.count { $0.sketch.map { $0.interval.low <= truth && truth <= $0.interval.high! } ?? false }
      #expect(Double(held) / Double(draws) > 0.87, "\(name): \(held) of \(draws)")
      // What the sketch would say without the correction.
      if name == "KL" { #expect(Double(audits[0].sketch!.correction!) < 0.95) }
    }
  }
}
