#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif
import Checkpoint
import Testing

@testable import Regret

@Suite("Sketched rows and the definitions", .tags(.reference))
struct SketchTests {
  static let irregular = RandomSample(
    name: "irregular", seed: 3, sizes: [4, 9, 4, 16, 7, 5], tensors: [24, 3, 31, 5], ids: RandomSample.even(6, 4),
    zeroGradients: [2], deadColumns: [5, 33], spread: 2
  ).sample

  /// c of a Fisher of eigenvalues `values`: the largest root of c = 1 − share·tr F(F + cλI)⁻¹/k, by steps from 1.
  static func ratio(_ values: [Double], _ weight: Double, buckets: Int, share: Double) -> Double {
    guard buckets > 0, weight < 1 else { return 1 }
    var ratio = 1.0
    for _ in 0..<10_000 {
      let dimension = values.reduce(0) { $0 + $1 / ($1 + ratio * weight / (1 - weight)) }
      let next = max(0.05, 1 - share * dimension / Double(buckets))
      if abs(next - ratio) < 1e-15 { break }
      ratio = next
    }
    return ratio
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
    let buckets = zip(widths, counts).reduce(0) { $0 + ($1.0 < $1.1 ? $1.0 : 0) }
    let share = zip(widths, counts).reduce(0.0) { $0 + ($1.0 < $1.1 ? Double($1.1) : 0) } / Double(counts.reduce(0, +))
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
      let ratio = Self.ratio(values, weight, buckets: buckets, share: share)
      let q = own * Self.inverse(fisher, weight, ratio) * own.transposed
      #expect(Self.isClose(audit.kl?.inSample?.regret.value, Self.regret(q)), "\(weight)")
      let raw = sketched.raw.keeping(rows: kept)
      #expect(Self.isClose(audit.euclidean?.regret.value, Self.regret(raw * raw.transposed)))
      #expect(audit.parameterCount == 63 && audit.zeroGradients == 1)
      let summary = try #require(audit.sketch)
      #expect(summary.width == widths.reduce(0, +) && summary.pilotRowCount == 7 && summary.deadParameterCount == 2)
      #expect(Self.isClose(summary.correction, ratio, 1e-9))

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
        let ratio = Self.ratio(values, point.weight, buckets: buckets, share: share)
        let q = own * Self.inverse(fisher, point.weight, ratio) * own.transposed
        #expect(Self.isClose(point.regret, Self.regret(q), 1e-7), "path \(point.weight)")
      }
      for (index, tensor) in try #require(audit.tensors).enumerated() {
        let (columns, block, values) = blocks[index]
        let part = sketched.gradients.keeping(rows: kept, columns: columns)
        let isWhole = widths[index] == counts[index]
        let ratio = Self.ratio(values, weight, buckets: isWhole ? 0 : widths[index], share: 1)
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
      fisher: .sampled, damping: .diagonal(0.2), measures: Measures.all.subtracting(.fisher), solver: solver)
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
    #expect(audit.plan.skipped.map(\.measure) == ["fisher"])
    #expect(
      throws: AuditError.outOfReach(measure: "fisher", reason: "a sketch keeps no factor rows in raw coordinates")
    ) {
      try Audit(of: input, options: AuditOptions(measures: .fisher))
    }
    // The factors take up more than the sketch has.
    #expect(audit.warnings.contains { $0.code == "sketch_narrow" })
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

  /// Changes of Q with the weight of a group's columns, by differences.
  @Test("change with a group of columns as the error takes them to")
  func changes() throws {
    let sketched = SketchedSample(Self.irregular, widths: [16, 3, 17, 5], pilots: 24, seed: 5)
    let input = sketched.input()
    let groups = BucketGroups(input.tensors, parameterCounts: input.sketch!.parameterCounts)
    let weight = 0.1
    let plan = try AuditPlan(input, AuditOptions(damping: .diagonal(weight), measures: [.regret], solver: .gram))
    let solver = try #require(try GramSolver.read(input, plan).1)
    let damping = ResolvedDamping(kind: .diagonal, weight: weight)
    let found = try groups.products(
      input.gradients, input.factors[0].rows, try solver.combination(damping), workerCount: 1)
    func products(_ group: Int, _ step: Double) -> DenseMatrix {
      var scale = [Double](repeating: 1, count: sketched.gradients.columns)
      for column in groups.columns[group].flatMap({ Array($0) }) { scale[column] = (1 + step).squareRoot() }
      let own = sketched.gradients.scalingColumns(scale)
      return own * Self.inverse(Self.mean(sketched.factors.scalingColumns(scale)), weight, 1) * own.transposed
    }
    #expect(groups.columns.flatMap { $0 }.reduce(0) { $0 + $1.count } == 33)
    for group in [0, 13, 31] {
      let change = (products(group, 1e-4) - products(group, -1e-4)) * (0.5 / 1e-4)
      for row in 0..<change.rows {
        for column in 0..<change.columns {
          #expect(abs(found[group][row, column] / weight - change[row, column]) < 1e-6 * (1 + abs(change[row, column])))
        }
      }
    }
  }
}
