import Checkpoint
import Foundation
import Testing

@testable import Regret

@Suite("Numbers at the ends of double precision", .tags(.property))
struct ValueRangeTests {
  static let sample = RandomSample.all.first { $0.name == "ids out of order" }!.sample
  static let solvers: [SolverChoice] = [.gram, .primal, .cg]
  /// Around the root of the least normal number, where squares begin to lose digits, and far below.
  static let exponents = [-500, -508, -511, -513, -516, -530, -540, -565, -664, -900, -990]

  private func isInvariant(_ key: String) -> Bool {
    key != "kl.dead"
      && (key.hasPrefix("kl.") || key.hasPrefix("damping_path.") || key.contains(".kl.")
        || key.hasSuffix("_normalized") || key.hasSuffix("log_volume_gap"))
  }

  private func audit(_ sample: TestSample, _ kind: FisherKind, _ damping: Damping, _ solver: SolverChoice) throws
    -> Audit
  {
    try Audit(
      of: sample.input,
      options: AuditOptions(
        fisher: kind, damping: damping, measures: damping == .none ? Measures.all.subtracting(.path) : .all,
        solver: solver))
  }

  @Test("the KL measure does not see columns that are tiny", arguments: solvers, exponents)
  func tinyColumns(solver: SolverChoice, exponent: Int) throws {
    let scale = (0..<Self.sample.gradients.columns).map {
      $0 % 3 == 0 ? Double(sign: .plus, exponent: exponent, significand: 1) : 1
    }
    let scaled = Self.sample.scalingColumns(scale)
    for kind in solver == .gram ? [FisherKind.sampled, .minibatch] : [.sampled] {
      for damping in [Damping.auto, .diagonal(0.05)] + (solver == .cg ? [] : [.none]) {
        let expected = try audit(Self.sample, kind, damping, solver).expected().filter { isInvariant($0.key) }
        let found = try audit(scaled, kind, damping, solver).figures.filter { isInvariant($0.key) }
        let lines = expected.disagreements(with: found, tolerance: 1e-9)
        #expect(lines.isEmpty, "\(kind.rawValue), \(damping): \(lines.prefix(6).joined(separator: "; "))")
      }
    }
  }

  @Test("identity damping takes tiny columns for what they are", arguments: solvers, [-516, -664])
  func identity(solver: SolverChoice, exponent: Int) throws {
    // Columns of 2^−200 are nothing beside 1 either, and their squares are far from the end of the range.
    func regret(_ exponent: Int) throws -> Double {
      let scale = (0..<Self.sample.gradients.columns).map {
        $0 % 3 == 0 ? Double(sign: .plus, exponent: exponent, significand: 1) : 1
      }
      return try #require(
        try audit(Self.sample.scalingColumns(scale), .sampled, .identity(0.1), solver).kl?.inSample?.regret.value)
    }
    let (found, expected) = (try regret(exponent), try regret(-200))
    #expect(abs(found - expected) <= 1e-9 * expected)
  }

  @Test("a gradient without a square is named", arguments: solvers)
  func namedRow(solver: SolverChoice) throws {
    var sample = Self.sample
    for column in 0..<sample.gradients.columns { sample.gradients[2, column] *= 0x1p-600 }
    let error = #expect(throws: CheckpointError.self) { _ = try audit(sample, .sampled, .diagonal(0.1), solver) }
    #expect(error?.description.contains("/gradients: row 2: the squares") == true, "\(String(describing: error))")
    sample = Self.sample.mapping { $0 * 0x1p-600 }
    #expect(throws: CheckpointError.self) { _ = try audit(sample, .sampled, .diagonal(0.1), solver) }
  }

  /// `VALUES=20000` is the long form.
  static let count = ProcessInfo.processInfo.environment["VALUES"].flatMap(Int.init) ?? 150

  @Test("whatever the numbers are, an audit gives numbers or an error", arguments: 0..<count)
  func anyValues(seed: Int) throws {
    var generator = TestGenerator(seed)
    func pick<T>(_ values: [T]) -> T { values[Int(generator.next() % UInt64(values.count))] }
    let extremes: [Double] = [
      0, -0.0, 5e-324, -5e-324, 2.2e-308, 1.5e-154, 1.5e-162, 1e-170, 1e-200, -1e-155, 1e-30, 1, -1, 1e30, 1.3e154,
      -1.4e154, 1e160, 1e200, .greatestFiniteMagnitude, -.greatestFiniteMagnitude, 3e38, 1e-38, 1e-45, 65504, 6e-8,
    ]
    let rows = pick([2, 3, 5, 8])
    let columns = pick([1, 2, 5, 12])
    let factorRows = pick([0, 1, 2, 7, 16])
    // Some draws are extremes everywhere, others in a row, a column or a single place, others repeat or are constant.
    func matrix(_ height: Int) -> DenseMatrix {
      var result = DenseMatrix((0..<height).map { _ in generator.normals(columns) }, columns: columns)
      guard height > 0 else { return result }
      for _ in 0..<pick([0, 1, 2, 4]) {
        let value = pick(extremes)
        let (row, column) = (pick(Array(0..<height)), pick(Array(0..<columns)))
        switch pick([0, 1, 2, 3, 4, 5, 6]) {
        case 0: result = result * value
        case 1: for c in 0..<columns { result[row, c] *= value }
        case 2: for r in 0..<height { result[r, column] *= value }
        case 3: result[row, column] = value
        case 4: for r in 0..<height { for c in 0..<columns { result[r, c] = result[row, c] } }
        case 5: for r in 0..<height { for c in 0..<columns where c != column { result[r, c] = 0 } }
        default: for r in 0..<height { for c in 0..<columns { result[r, c] = pick(extremes) } }
        }
      }
      return result
    }
    var sample = TestSample(
      gradients: matrix(rows), sizes: (0..<rows).map { _ in pick([1, 2, 16, 1_000, 1 << 19, 1 << 39]) },
      tensors: [TensorColumns(name: "w", shape: [columns], offset: 0, count: columns)])
    if factorRows > 0 {
      let ids: [Int]? = pick([
        nil, (0..<factorRows).map { $0 % rows }, [Int](repeating: 0, count: factorRows),
        [Int](repeating: -1, count: factorRows),
      ])
      sample.factors[.sampled] = (matrix(factorRows), ids)
    }
    sample = sample.stored(as: pick([.float64, .float64, .float32, .float16, .bfloat16]))
    let kind: FisherKind = factorRows > 0 ? .sampled : .minibatch
    // The reference squares numbers as they are and inverts P×P matrices, and a Fisher made of the gradients mixes their
    // rows: it is asked only where that is sound.
    let all = [sample.gradients] + sample.factors.values.map(\.rows)
    let range = kind == .minibatch ? 1e-4...1e4 : 1e-60...1e60
    let isPlain =
      (kind != .minibatch || sample.sizes.allSatisfy { $0 < 1 << 20 })
      && all.allSatisfy { $0.values.allSatisfy { $0 == 0 || range.contains(abs($0)) } }
    for solver in kind == .minibatch ? [SolverChoice.auto] : [.auto, .gram, .primal, .cg] {
      for damping in [Damping.auto, .none, .diagonal(1e-3), .diagonal(0.3), .diagonal(1), .identity(0.1)] {
        guard damping != .none || solver != .cg else { continue }
        do {
          let audit = try audit(sample, kind, damping, solver)
          if isPlain, damping == .diagonal(0.3) || damping == .diagonal(1) {
            let keys = { (key: String) in key.hasSuffix("regret.value") && !key.hasPrefix("damping_path") }
            let expected = DenseReference.figures(sample, kind: kind, damping: damping, withPath: false)
            let lines = expected.filter { keys($0.key) }
              .disagreements(with: audit.figures.filter { keys($0.key) }, tolerance: 1e-6)
            #expect(lines.isEmpty, "\(solver), \(damping): \(lines.joined(separator: "; "))")
          }
          for (key, value) in audit.figures {
            #expect(value?.isFinite != false, "\(solver), \(damping): \(key) is no number")
          }
          var grouped = sample.input
          grouped.groups = MinibatchGroups(
            names: rows > 2 ? ["a", "b", "c"] : ["a", "b"], ids: (0..<rows).map { $0 % min(3, rows) })
          let options = AuditOptions(fisher: kind, damping: damping, solver: solver, reference: "b", fisherGroup: .all)
          for number in try #require(try Audit(of: grouped, options: options).groups).numbers {
            #expect(number.isFinite, "\(solver), \(damping): \(number) between groups")
          }
        } catch let error as CheckpointError {
          #expect(!error.description.contains("\n"))
        } catch let error as AuditError {
          #expect(!error.description.contains("\n"))
        }
      }
    }
  }
}

@Suite("Minibatches of many examples", .tags(.reference))
struct LargeBatchTests {
  @Test(
    "keep the minibatch Fisher's digits though b multiplies a small variance",
    arguments: [1_000, 65_536, 1 << 20, 1 << 23], [Damping.diagonal(0.3), .diagonal(0.03), .diagonal(1)])
  func variance(size: Int, damping: Damping) throws {
    var generator = TestGenerator(11)
    let (rows, columns) = (7, 40)
    let signal = generator.normals(columns)
    let gradients = (0..<rows).map { _ in
      signal.map { $0 + generator.normal() / Double(size).squareRoot() }
    }
    let sample = TestSample(
      gradients: DenseMatrix(gradients, columns: columns), sizes: [Int](repeating: size, count: rows),
      tensors: [TensorColumns(name: "w", shape: [columns], offset: 0, count: columns)]
    ).stored(as: .float32)
    let expected = DenseReference.figures(sample, kind: .minibatch, damping: damping, withPath: false)
    var options = AuditOptions(fisher: .minibatch, damping: damping, solver: .gram)
    options.precision = .float32
    let found = try Audit(of: sample.input, options: options).figures
    let keys = { (key: String) in key.hasPrefix("kl.in_sample") || key.hasPrefix("tensors.") }
    let lines = expected.filter { keys($0.key) }.disagreements(with: found.filter { keys($0.key) }, tolerance: 2e-4)
    #expect(lines.isEmpty, "\(lines.prefix(4).joined(separator: "; "))")
  }
}

extension GroupMeasures {
  /// Every number that it holds.
  fileprivate var numbers: [Double] {
    let tables = pairs.flatMap { [$0.euclidean, $0.inSample, $0.heldOut, $0.estimate] }.compactMap(\.self)
    let estimates =
      tables.flatMap { [$0.regret, $0.cosine, $0.excess, $0.transfer] }.compactMap(\.self)
      + pairs.flatMap(\.tensors).map(\.excess) + groups.compactMap(\.loss)
    return estimates.flatMap { [$0.value, $0.standardError, $0.interval?.low, $0.interval?.high] }.compactMap(\.self)
  }
}
