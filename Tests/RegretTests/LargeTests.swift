import Checkpoint
import Synchronization
import Testing

@testable import Regret

@Suite("Larger samples", .tags(.property))
struct LargeTests {
  @Test(
    "the number of workers changes no bit",
    arguments: [
      (ElementType.float32, nil, 40_000), (.float32, 80 << 20, 40_000), (.float64, nil, 40_000),
      (.float64, 80 << 20, 40_000), (.float32, nil, 150_000),
    ] as [(ElementType, Int?, Int)])
  func workers(precision: ElementType, memoryBound: Int?, columnCount: Int) throws {
    let input = LargeSample(columnCount: columnCount).input
    func audit(_ workers: Int, _ solver: SolverChoice) throws -> Audit {
      var options = AuditOptions(
        measures: .all, solver: solver, memoryBound: memoryBound, workerCount: workers, keepsArrays: true)
      options.precision = precision
      var audit = try Audit(of: input, options: options)
      (audit.plan.workerCount, audit.plan.blockWidth, audit.plan.expectedPeak) = (0, 0, 0)
      return audit
    }
    for solver in [SolverChoice.gram, .cg] {
      let one = try audit(1, solver)
      for count in [2, 7] { #expect(try audit(count, solver) == one, "\(solver.rawValue), \(count) workers") }
    }
  }

  @Test("the width of column blocks does not matter")
  func blockWidth() throws {
    let input = LargeSample().input
    let wide = try Audit(
      of: input, options: AuditOptions(damping: .diagonal(0.1), measures: .all, solver: .gram, workerCount: 1))
    let narrow = try Audit(
      of: input,
      options: AuditOptions(
        damping: .diagonal(0.1), measures: .all, solver: .gram, memoryBound: 49 << 20, workerCount: 1))
    let lines = wide.expected().disagreements(with: narrow.figures, tolerance: 1e-10)
    #expect(narrow.plan.blockWidth != wide.plan.blockWidth)
    #expect(lines.isEmpty, "\(lines.prefix(6).joined(separator: "; "))")
  }

  @Test("solvers agree where P×P is out of reach", arguments: [1e-3, 0.05], [0, 3.0])
  func solvers(weight: Double, common: Double) throws {
    let input = LargeSample(gradientCount: 16, factorCount: 48, columnCount: 20_000, common: common).input
    for damping in [Damping.diagonal(weight), .identity(weight)] {
      func audit(_ solver: SolverChoice, _ precision: ElementType) throws -> Audit {
        var options = AuditOptions(damping: damping, measures: [.regret, .heldOut, .tensors], solver: solver)
        options.precision = precision
        return try Audit(of: input, options: options)
      }
      let reference = try audit(.gram, .float64).expected().filter { $0.key != "kl.outside_range" }
      for (solver, precision) in [(SolverChoice.gram, ElementType.float32), (.cg, .float32), (.cg, .float64)] {
        let found = try audit(solver, precision).figures.filter { $0.key != "kl.outside_range" }
        let lines = reference.disagreements(with: found, tolerance: precision == .float64 ? 1e-8 : 1e-4)
        #expect(lines.isEmpty, "\(damping) \(solver) \(precision): \(lines.prefix(6).joined(separator: "; "))")
      }
    }
  }

  @Test("Cholesky factors tell the same as eigenvectors, whatever the number of workers", arguments: [0.3, 1e-3])
  func factored(weight: Double) throws {
    // More gradients than are solved for at once.
    let input = LargeSample(gradientCount: 150, factorCount: 40, columnCount: 1_000).input
    for damping in [Damping.diagonal(weight), .identity(weight)] {
      func audit(_ measures: Measures, _ workers: Int) throws -> Audit {
        var audit = try Audit(
          of: input, options: AuditOptions(damping: damping, measures: measures, solver: .gram, workerCount: workers))
        (audit.plan.workerCount, audit.plan.expectedPeak) = (0, 0)
        return audit
      }
      let factored = try audit(.regret, 1)
      for workers in [2, 7] { #expect(try audit(.regret, workers) == factored, "\(workers) workers") }
      let keys = Set(factored.figures.keys)
      let reference = try audit([.regret, .path], 1).expected().filter { keys.contains($0.key) }
      let lines = reference.disagreements(with: factored.figures, tolerance: 1e-9)
      #expect(lines.isEmpty, "\(lines.prefix(6).joined(separator: "; "))")
    }
  }

  /// Rows that count the bytes that are read of them.
  private final class Meter: ColumnBlocks {
    let source: any ColumnBlocks
    let bytes = Atomic<Int>(0)
    init(_ source: any ColumnBlocks) { self.source = source }
    var rowCount: Int { source.rowCount }
    var columnCount: Int { source.columnCount }
    var elementType: ElementType { source.elementType }
    var name: String { source.name }
    var file: String { source.file }
    func copy(
      rows: Range<Int>, columns: Range<Int>, to destination: inout MutableRawSpan, rowStride: Int
    ) throws(CheckpointError) {
      bytes.add(rows.count * columns.count * elementType.byteCount, ordering: .relaxed)
      try source.copy(rows: rows, columns: columns, to: &destination, rowStride: rowStride)
    }
  }

  @Test("one pass reads every number once, each iteration of conjugate gradients the factors once more")
  func bytesRead() throws {
    for solver in [SolverChoice.gram, .cg] {
      var input = LargeSample().input
      let (gradients, factors) = (Meter(input.gradients), Meter(input.factors[0].rows))
      input.gradients = gradients
      input.factors[0].rows = factors
      var options = AuditOptions(damping: .diagonal(0.1), measures: .regret, solver: solver)
      options.precision = .float32
      let audit = try Audit(of: input, options: options)
      let size = 40_000 * 4
      #expect(gradients.bytes.load(ordering: .relaxed) <= 6 * size * (solver == .cg ? 2 : 1))
      let again = solver == .cg ? 1 + audit.plan.iterations! : 0
      #expect(factors.bytes.load(ordering: .relaxed) == 20 * size * (1 + again))
      if solver == .cg {
        #expect(audit.plan.iterations! > 0 && audit.plan.residual! <= 1e-4)
        #expect(audit.plan.bytesPerIteration == 20 * size)
      }
    }
  }

  @Test("conjugate gradients are taken where neither Gram matrix nor Fisher fits")
  func matrixFree() throws {
    var input = LargeSample(gradientCount: 4, factorCount: 3000, columnCount: 3100).input
    let factors = Meter(input.factors[0].rows)
    input.factors[0].rows = factors
    let bound = 64 << 20
    let options = AuditOptions(damping: .diagonal(0.5), memoryBound: bound)
    let audit = try Audit(of: input, options: options)
    #expect(audit.plan.solver == .cg)
    #expect(audit.plan.expectedPeak <= bound && 3004 * 3004 * 8 > bound && 3100 * 3100 * 8 > bound)
    let iterations = try #require(audit.plan.iterations)
    // Twice beside θ.
    #expect(factors.bytes.load(ordering: .relaxed) == 3000 * 3100 * 4 * (1 + iterations + 2))
    #expect(audit.plan.skipped.map(\.measure).sorted() == ["estimate", "fisher", "held-out", "path", "tensors"])
    #expect(audit.kl?.heldOut == nil && audit.fisher == nil && audit.dampingPath == nil && audit.tensors == nil)
    // That its numbers are right is told by the comparison of solvers above, at a size that the others manage in no time.
    #expect(try #require(audit.plan.residual) < 1e-6)
  }

  private static let columnCount = 3000

  /// Four gradients and some factors, row-major, stored as `Number`.
  private static func input<Number: StoredElement>(
    _ gradients: [Float], _ factors: [Float], as type: Number.Type
  ) -> AuditInput {
    AuditInput(
      gradients: ArrayBlocks(gradients.map { Number($0) }, columnCount: columnCount), batchSizes: [4, 4, 4, 4],
      tensors: [TensorLayout("t", shape: [columnCount])].columns,
      factors: [
        FactorRows(
          kind: .exact, rows: ArrayBlocks(factors.map { Number($0) }, columnCount: columnCount), minibatches: nil)
      ])
  }

  @Test("products that float32 cannot carry are formed in double", arguments: [1e-2, 1e-6], [SolverChoice.gram, .cg])
  func illConditioned(weight: Double, solver: SolverChoice) throws {
    // Every row shares one direction that is a hundred thousand times as long as the rest.
    let columns = Self.columnCount
    var generator = TestGenerator(5)
    let common = (0..<columns).map { _ in generator.normal() }
    func rows(_ count: Int) -> [Float] {
      (0..<count).flatMap { _ -> [Float] in
        let length = 1000 * generator.normal()
        return common.map { Float(length * $0 + 0.01 * generator.normal()) }
      }
    }
    let (gradients, factors) = (rows(4), rows(12))
    var options = AuditOptions(damping: .diagonal(weight), measures: .regret, solver: .gram)
    let reference = try #require(
      try Audit(of: Self.input(gradients, factors, as: Double.self), options: options).kl?.inSample
    ).regret.value
    options.precision = .float32
    options.solver = solver
    let audit = try Audit(of: Self.input(gradients, factors, as: Float.self), options: options)
    #expect(audit.plan.precision == .float64)
    let regret = try #require(audit.kl?.inSample).regret.value
    #expect(abs(regret / reference - 1) < 1e-6)
  }

  @Test(
    "gradients in the span of well-conditioned factors keep their digits at small weights", .tags(.reference),
    arguments: [Damping.diagonal(1e-2), .diagonal(1e-6), .identity(1e-6)], [SolverChoice.gram, .cg])
  func insideSpan(damping: Damping, solver: SolverChoice) throws {
    let (count, columns) = (12, Self.columnCount)
    var generator = TestGenerator(9)
    let factors = (0..<(count * columns)).map { _ in Float(generator.normal()) }
    let gradients = (0..<4).flatMap { _ -> [Float] in
      let weights = (0..<count).map { _ in generator.normal() }
      return (0..<columns).map { column in
        Float((0..<count).reduce(0.0) { $0 + weights[$1] * Double(factors[$1 * columns + column]) })
      }
    }
    // With the spectrum, which is what the shorter way without it has to agree with.
    let complete = AuditOptions(damping: damping, measures: [.regret, .fisher], solver: .gram)
    let reference = try #require(
      try Audit(of: Self.input(gradients, factors, as: Double.self), options: complete).kl?.inSample
    ).regret.value
    var options = AuditOptions(damping: damping, measures: .regret, solver: solver)
    options.precision = .float32
    let regret = try #require(
      try Audit(of: Self.input(gradients, factors, as: Float.self), options: options).kl?.inSample
    ).regret.value
    #expect(abs(regret / reference - 1) < 1e-6)
  }
}
