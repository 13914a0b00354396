import Checkpoint
import Networks
import Testing

@testable import Regret

/// What others read from θ and from single parameters, word for word, with F [P, P] itself.
private struct DenseParameters {
  var gradients: [[Double]]
  var batchSize: Double
  /// Rows of the Fisher; nil for b·Cov(g) + ḡḡᵀ of the gradients.
  var factors: [[Double]]?
  var parameters: [Double]

  static func means(_ rows: [[Double]]) -> [Double] {
    rows[0].indices.map { column in rows.reduce(0) { $0 + $1[column] } / Double(rows.count) }
  }

  var signalToNoise: Double {
    let count = Double(gradients.count)
    let means = Self.means(gradients)
    var ratios: [Double] = []
    for (column, mean) in means.enumerated() {
      let values = gradients.map { $0[column] }
      guard Set(values).count > 1 else { continue }
      let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / (count - 1)
      ratios.append((mean * mean - variance / count) / (batchSize * variance))
    }
    return ratios.reduce(0, +) / Double(ratios.count)
  }

  var fisher: [[Double]] {
    func outer(_ row: [Double], _ weight: Double, _ into: inout [[Double]]) {
      for i in row.indices { for j in row.indices { into[i][j] += weight * row[i] * row[j] } }
    }
    var fisher = [[Double]](repeating: [Double](repeating: 0, count: parameters.count), count: parameters.count)
    if let factors {
      for row in factors { outer(row, 1 / Double(factors.count), &fisher) }
    } else {
      let means = Self.means(gradients)
      for row in gradients {
        outer(zip(row, means).map { $0 - $1 }, batchSize / Double(gradients.count - 1), &fisher)
      }
      outer(means, 1, &fisher)
    }
    return fisher
  }

  var fisherRao: Double {
    let fisher = fisher
    return parameters.indices.reduce(0) { sum, i in
      parameters.indices.reduce(sum) { $0 + parameters[i] * fisher[i][$1] * parameters[$1] }
    }
  }

  /// Σ over pairs of neurons s and t of (w_s·w_t) tr F_st, F_st the block of their weights (Petzka et al. 2021, definition 3).
  func relativeFlatness(_ tensor: TensorColumns) -> Double {
    let fisher = fisher
    let outputs = tensor.shape[0]
    let inputs = tensor.count / outputs
    var sum = 0.0
    for s in 0..<outputs {
      for t in 0..<outputs {
        var (product, trace) = (0.0, 0.0)
        for k in 0..<inputs {
          let (i, j) = (tensor.offset + s * inputs + k, tensor.offset + t * inputs + k)
          product += parameters[i] * parameters[j]
          trace += fisher[i][j]
        }
        sum += product * trace
      }
    }
    return sum
  }

  /// `statistic`, and the error of leaving out what `left` says.
  static func jackknife(_ count: Int, _ statistic: (Int?) -> Double) -> (value: Double, error: Double?) {
    guard count >= 3 else { return (statistic(nil), nil) }
    let left = (0..<count).map { statistic($0) }
    let mean = left.reduce(0, +) / Double(count)
    let square = left.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } * Double(count - 1) / Double(count)
    return (statistic(nil), square.squareRoot())
  }
}

/// A sample with tensors of several axes and θ.
private struct ParameterSample {
  static let shapes = [[3, 4], [5], [6, 1], [2, 3, 4], [1, 1], [4, 3], [3, 3]]

  let sample: TestSample
  var parameters: [Double] { sample.parameters }
  var input: AuditInput { sample.input }

  init(sizes: [Int], ids: [Int], storesIDs: Bool = true, storage: ElementType = .float64, seed: Int = 3) {
    var random = RandomSample(
      name: "", seed: seed, sizes: sizes, tensors: Self.shapes.map { $0.reduce(1, *) }, ids: ids,
      storesIDs: storesIDs, storage: storage)
    random.emptyColumns = [7]
    random.deadColumns = [2]
    var sample = random.sample
    sample.tensors = zip(sample.tensors, Self.shapes).map { tensor, shape in
      TensorColumns(name: tensor.name, shape: shape, offset: tensor.offset, count: tensor.count)
    }
    self.sample = sample
  }

  func rows(_ matrix: DenseMatrix) -> [[Double]] { (0..<matrix.rows).map(matrix.row) }
}

private func isNear(_ found: Double?, _ expected: Double?, _ tolerance: Double = 1e-10) -> Bool {
  guard let found, let expected else { return found == nil && expected == nil }
  return abs(found - expected) <= tolerance * abs(expected)
}

@Suite("What others read from θ and from single parameters")
struct ParameterMeasuresTests {
  @Test(
    "is what its definitions say", .tags(.reference), arguments: ElementType.allCases,
    [(2, 1), (3, 1), (4, 3), (9, 2)])
  func definitions(storage: ElementType, size: (minibatches: Int, rows: Int)) throws {
    let ids = RandomSample.even(size.minibatches, size.rows) + (size.rows > 1 ? [-1, -1] : [])
    for storesIDs in [true, false] {
      let random = ParameterSample(
        sizes: (0..<size.minibatches).map { 4 + $0 % 3 }, ids: ids, storesIDs: storesIDs, storage: storage)
      for kind in [FisherKind.exact, .minibatch] where kind == .exact || size.minibatches >= 3 {
        try compare(random, kind, .gram)
      }
    }
  }

  @Test("does not depend on the solver", .tags(.reference), arguments: [SolverChoice.gram, .primal, .cg])
  func eachSolver(_ solver: SolverChoice) throws {
    try compare(ParameterSample(sizes: [4, 4, 4, 4, 4], ids: RandomSample.even(5, 3)), .empirical, solver)
  }

  private func compare(_ random: ParameterSample, _ kind: FisherKind, _ solver: SolverChoice) throws {
    let options = AuditOptions(
      fisher: kind, damping: .diagonal(0.3), measures: [.regret, .parameters], solver: solver, workerCount: 2)
    let found = try #require(try Audit(of: random.input, options: options).related?.parameters)
    let gradients = random.rows(random.sample.gradients)
    let batchSize = Double(gradients.count) / random.sample.sizes.reduce(0) { $0 + 1 / Double($1) }
    let stored = random.sample.factors[kind]
    let factors = stored.map { random.rows($0.rows) }
    let whole = DenseParameters(
      gradients: gradients, batchSize: batchSize, factors: factors, parameters: random.parameters)
    let groups = stored.map { Self.groups($0.ids, $0.rows.rows) } ?? gradients.indices.map { [$0] }
    func withoutRows(_ leaving: Int?) -> DenseParameters {
      var left = whole
      guard let leaving else { return left }
      if let factors {
        left.factors = factors.indices.filter { !groups[leaving].contains($0) }.map { factors[$0] }
      } else {
        left.gradients.remove(at: leaving)
      }
      return left
    }
    func check(_ name: String, _ found: Estimate?, _ expected: (value: Double, error: Double?)) {
      #expect(isNear(found?.value, expected.value, 1e-9), "\(kind) \(name): \(String(describing: found)) \(expected)")
      #expect(
        isNear(found?.standardError, expected.error, 1e-7), "\(kind) \(name): \(String(describing: found)) \(expected)")
    }
    check(
      "signal to noise", found.signalToNoise,
      DenseParameters.jackknife(gradients.count) { leaving in
        var left = whole
        if let leaving { left.gradients.remove(at: leaving) }
        return left.signalToNoise
      })
    check("Fisher–Rao", found.fisherRao, DenseParameters.jackknife(groups.count) { withoutRows($0).fisherRao })
    let matrices = random.sample.tensors.filter { $0.shape.count > 1 }
    func flatness(_ tensors: [TensorColumns]) -> (value: Double, error: Double?) {
      let all = DenseParameters.jackknife(groups.count) { leaving in
        let left = withoutRows(leaving)
        return tensors.reduce(0) { $0 + left.relativeFlatness($1) }
      }
      return (all.value, kind == .minibatch ? nil : all.error)
    }
    check("relative flatness", found.relativeFlatness, flatness(matrices))
    check("of the last", found.lastRelativeFlatness, flatness([matrices.last!]))
    #expect(found.tensors.map(\.name) == matrices.map(\.name))
    for (tensor, own) in zip(matrices, found.tensors) { check(tensor.name, own.relativeFlatness, flatness([tensor])) }
  }

  private static func groups(_ ids: [Int]?, _ count: Int) -> [[Int]] {
    guard let ids, Set(ids).count > 1 else { return (0..<count).map { [$0] } }
    return Set(ids).sorted().map { id in ids.indices.filter { ids[$0] == id } }
  }

  /// One below, at and above what a worker holds, rows and columns at a time.
  @Test(
    "of tensors larger than a worker's buffer is the same",
    arguments: [[5, 12], [12, 5], [8, 8], [1, 60], [60, 1]])
  func largeTensors(shape: [Int]) throws {
    var generator = TestGenerator(8)
    let count = shape[0] * shape[1]
    let tensor = TensorColumns(name: "w", shape: shape, offset: 3, count: count)
    let rows = ArrayBlocks(generator.normals(4 * (count + 7)), columnCount: count + 7)
    let weights = generator.normals(count)
    for mean in [[], generator.normals(count)] {
      func terms(_ pieceCount: Int, _ workers: Int) throws -> [Double] {
        try RelativeFlatness(tensor, weights: weights, rows: rows, mean: mean, pieceCount: pieceCount)
          .terms(workerCount: workers)
      }
      let expected = try terms(1 << 20, 1)
      for pieceCount in [1, 7, 12, 24, count / 2, count - 1, count, count + 1, 2 * count, 2 * count + 1] {
        for workers in [1, 3] {
          for (one, other) in zip(try terms(pieceCount, workers), expected) { #expect(isNear(one, other, 1e-13)) }
        }
      }
    }
  }

  @Test("of many columns and rows do not depend on blocks and workers")
  func blocks() throws {
    // More rows than a block of the least width has room for, and more columns than one block.
    for (rowCount, columnCount) in [(3, 4_095), (3, 4_096), (3, 4_097), (3, 9_000), (20_000, 70)] {
      var generator = TestGenerator(rowCount)
      let gradients = ArrayBlocks(generator.normals(3 * columnCount), columnCount: columnCount)
      let factors = ArrayBlocks(generator.normals(rowCount * columnCount).map(Float.init), columnCount: columnCount)
      var input = AuditInput(
        gradients: gradients, batchSizes: [2, 2, 2],
        tensors: [TensorColumns(name: "w", shape: [columnCount], offset: 0, count: columnCount)],
        factors: [FactorRows(kind: .exact, rows: factors, minibatches: nil)])
      let parameters = generator.normals(columnCount)
      input.parameters = ArrayBlocks(parameters, columnCount: columnCount)
      var found: [ParameterMeasures] = []
      for workers in [1, 2, 5] {
        let options = AuditOptions(
          damping: .diagonal(0.5), measures: .parameters, solver: rowCount > 100 ? .primal : .gram, workerCount: workers
        )
        found.append(try #require(try Audit(of: input, options: options).related?.parameters))
      }
      #expect(Set(found).count == 1)
      let numbers = try RowReader.matrix(Array(0..<rowCount), of: factors)
      var sum = 0.0
      for row in 0..<rowCount {
        let product = (0..<columnCount).reduce(0) { $0 + numbers[row, $1] * parameters[$1] }
        sum += product * product
      }
      #expect(isNear(found[0].fisherRao?.value, sum / Double(rowCount), 1e-12))
      #expect(found[0].relativeFlatness == nil && found[0].tensors.isEmpty)
    }
  }

  @Test(
    "does not see how a ReLU network's layers are scaled, but for the signal-to-noise ratios, which see nothing at all")
  func layers() throws {
    var network = NetworkSample(widths: [3, 4, 5, 3], sizes: [4, 4, 4, 4], seed: 5)
    func measures() throws -> ParameterMeasures {
      var input = network.sample.input
      input.parameters = ArrayBlocks(network.network.parameters, columnCount: network.network.parameters.count)
      let options = AuditOptions(fisher: .exact, damping: .diagonal(0.3), measures: [.regret, .parameters])
      return try #require(try Audit(of: input, options: options).related?.parameters)
    }
    let before = try measures()
    network.rescaleLayer(0, by: 37)
    network.rescaleLayer(1, by: 0.01)
    let after = try measures()
    #expect(isNear(after.fisherRao?.value, before.fisherRao?.value, 1e-6))
    #expect(isNear(after.relativeFlatness?.value, before.relativeFlatness?.value, 1e-6))
    #expect(isNear(after.lastRelativeFlatness?.value, before.lastRelativeFlatness?.value, 1e-6))
    #expect(isNear(after.signalToNoise?.value, before.signalToNoise?.value, 1e-6))
    #expect((before.relativeFlatness?.value ?? 0) > 0)
  }

  /// Numbers at the ends of double precision: ratios do not see their size, and what is beyond it is not told.
  @Test("keeps its digits at any size of numbers", arguments: [1, 1e-170, 5e-324 * 1e10, 1e150, 1e300])
  func sizes(scale: Double) throws {
    func ratio(_ scale: Double) -> Estimate? {
      let block = BlockRows<Double>(rowCount: 4, width: 3)
      for (row, values) in [[1.0, 2, 3], [2, 2.5, 3], [-1, 4, 3], [0.5, 1, 3]].enumerated() {
        for (column, value) in values.enumerated() { block[row][column] = scale * value }
      }
      var sums = SignalToNoise(count: 4)
      sums.add(block, width: 3)
      return sums.mean(batchSize: 2)
    }
    let (found, expected) = (ratio(scale), ratio(1))
    #expect(isNear(found?.value, expected?.value, 1e-8))
    #expect(isNear(found?.standardError, expected?.standardError, 1e-6))
    guard (1 / scale).isFinite else { return }
    let tensor = TensorColumns(name: "w", shape: [2, 2], offset: 0, count: 4)
    // W and A of opposite sizes: WWᵀ alone leaves double precision.
    let terms = try RelativeFlatness(
      tensor, weights: [1, 2, 3, 4].map { $0 / scale },
      rows: ArrayBlocks([2, 1, 0, 3].map { $0 * scale }, columnCount: 4)
    ).terms(workerCount: 1)
    let plain = try RelativeFlatness(tensor, weights: [1, 2, 3, 4], rows: ArrayBlocks([2.0, 1, 0, 3], columnCount: 4))
      .terms(workerCount: 1)
    #expect(isNear(terms[0], plain[0], 1e-8))
  }

  @Test("leaves out parameters whose gradients do not vary, and says nothing where none does")
  func constant() throws {
    func ratio(_ rows: [[Double]]) -> Estimate? {
      let block = BlockRows<Double>(rowCount: rows.count, width: rows[0].count)
      for (row, values) in rows.enumerated() {
        for (column, value) in values.enumerated() { block[row][column] = value }
      }
      var sums = SignalToNoise(count: rows.count)
      sums.add(block, width: rows[0].count)
      return sums.mean(batchSize: 1)
    }
    #expect(ratio([[0.1, 0], [0.1, 0], [0.1, 0]]) == nil)
    #expect(ratio([[0.1]]) == nil)
    let alone = try #require(ratio([[1], [2], [4]]))
    let beside = try #require(ratio([[1, 0.1, 0], [2, 0.1, 0], [4, 0.1, 0]]))
    #expect(alone == beside)
    // Only one gradient is not zero: without it nothing varies, so there is no error; its mean drowns exactly.
    let single = try #require(ratio([[1], [0], [0], [0]]))
    #expect(abs(single.value) < 1e-15 && single.standardError == nil)
  }

  @Test("tells constants from noise at any number of gradients", arguments: [2, 3, 32, 50, 64, 100, 400, 1_000])
  func manyGradients(count: Int) throws {
    var generator = TestGenerator(count)
    let noise = (0..<count).map { _ in generator.normals(3) }
    func ratio(_ constants: [Double]) -> Estimate? {
      let block = BlockRows<Double>(rowCount: count, width: 3 + constants.count)
      for row in 0..<count {
        for (column, value) in (noise[row] + constants).enumerated() { block[row][column] = value }
      }
      var sums = SignalToNoise(count: count)
      sums.add(block, width: 3 + constants.count)
      return sums.mean(batchSize: 3)
    }
    #expect(ratio([1.1, 1.3, 1.7, 1.9, 4.0 / 3, 1e-9, 1e9 / 7, -0.1, 0.3]) == ratio([]))
  }

  @Test("has its error where one gradient is far above all others", arguments: [1e10, 1e15, 1e20])
  func dominant(size: Double) throws {
    let values = [size, 1, 2, 4, 3]
    let block = BlockRows<Double>(rowCount: 5, width: 1)
    for (row, value) in values.enumerated() { block[row][0] = value }
    var sums = SignalToNoise(count: 5)
    sums.add(block, width: 1)
    let found = try #require(sums.mean(batchSize: 1))
    func ratio(_ values: [Double]) -> Double {
      let mean = values.reduce(0, +) / Double(values.count)
      let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count - 1)
      return mean * mean / variance - 1 / Double(values.count)
    }
    let expected = DenseParameters.jackknife(5) { leaving in
      ratio(values.indices.filter { $0 != leaving }.map { values[$0] })
    }
    #expect(isNear(found.standardError, expected.error, 1e-9))
  }

  @Test("of groups are the reference's, with the Fisher of the group that is told")
  func groups() throws {
    let random = ParameterSample(sizes: [4, 4, 4, 4, 4, 4], ids: RandomSample.even(6, 2))
    var input = random.input
    input.groups = MinibatchGroups(names: ["a", "b"], ids: [0, 1, 0, 1, 0, 1])
    let options = AuditOptions(
      fisher: .exact, damping: .diagonal(0.3), measures: [.regret, .parameters], reference: "b")
    let found = try #require(try Audit(of: input, options: options).related?.parameters)
    let gradients = random.rows(random.sample.gradients)
    let factors = random.rows(random.sample.factors[.exact]!.rows)
    let own = DenseParameters(
      gradients: [1, 3, 5].map { gradients[$0] }, batchSize: 4,
      factors: [2, 3, 6, 7, 10, 11].map { factors[$0] }, parameters: random.parameters)
    #expect(isNear(found.signalToNoise?.value, own.signalToNoise, 1e-9))
    #expect(isNear(found.fisherRao?.value, own.fisherRao, 1e-9))
  }

  @Test("of some tensors are those of their columns")
  func selection() throws {
    let random = ParameterSample(sizes: [4, 4, 4], ids: RandomSample.even(3, 2))
    let options = AuditOptions(fisher: .exact, damping: .diagonal(0.3), measures: [.regret, .parameters])
    let whole = try #require(try Audit(of: random.input, options: options).related?.parameters)
    let input = try #require(random.input.selecting { ["tensor0", "tensor3"].contains($0.name) })
    let some = try #require(try Audit(of: input, options: options).related?.parameters)
    for tensor in some.tensors {
      let other = whole.tensors.first { $0.name == tensor.name }
      #expect(isNear(tensor.relativeFlatness.value, other?.relativeFlatness.value, 1e-13))
    }
    #expect(some.tensors.map(\.name) == ["tensor0", "tensor3"])
  }

  /// Rows that only a plan is made of.
  private struct PlannedRows: ColumnBlocks {
    let rowCount: Int
    let columnCount: Int
    var elementType: ElementType { .float32 }
    var name: String { "rows" }
    var file: String { "planned" }

    func copy(
      rows: Range<Int>, columns: Range<Int>, to destination: inout MutableRawSpan, rowStride: Int
    ) throws(CheckpointError) {}
  }

  private static func planned(columns: Int, shape: [Int], hasParameters: Bool) -> AuditInput {
    var input = AuditInput(
      gradients: PlannedRows(rowCount: 256, columnCount: columns), batchSizes: [Int](repeating: 4, count: 256),
      tensors: [TensorColumns(name: "w", shape: shape, offset: 0, count: columns)],
      factors: [
        FactorRows(
          kind: .exact, rows: PlannedRows(rowCount: 256, columnCount: columns), minibatches: Array(0..<256))
      ])
    if hasParameters { input.parameters = PlannedRows(rowCount: 1, columnCount: columns) }
    return input
  }

  /// 64 · 512 · P, and with θ 256 · P · 100 more, are below 10¹⁰ or above.
  @Test(
    "are left out of large files unless they are named", .tags(.property),
    arguments: [(305_175, false, true), (305_176, false, false), (171_200, true, true), (171_400, true, false)])
  func large(columns: Int, hasParameters: Bool, isThere: Bool) throws {
    let shape = hasParameters ? [100, columns / 100] : [columns]
    let input = Self.planned(columns: columns, shape: shape, hasParameters: hasParameters)
    func isSkipped(_ options: AuditOptions) throws -> Bool {
      try Audit.plan(of: input, options: options).skipped.contains { $0.measure == "parameters" }
    }
    for workers in [1, 64] {
      #expect(try isSkipped(AuditOptions(workerCount: workers)) == !isThere)
      #expect(try !isSkipped(AuditOptions(measures: [.regret, .parameters], workerCount: workers)))
      var optional = AuditOptions(measures: [.regret, .parameters], workerCount: workers)
      optional.leavesOutUnreachable = true
      #expect(try isSkipped(optional) == !isThere)
    }
  }

  @Test("cost a plan nothing where they are left out, and count what they add up", .tags(.property))
  func plans() throws {
    let large = Self.planned(columns: 400_000, shape: [400_000], hasParameters: true)
    for bound in [1 << 30, 100 << 20] {
      let without = Measures.all.subtracting(.parameters)
      var options = AuditOptions(memoryBound: bound, workerCount: 2)
      var plan = try Audit.plan(of: large, options: options)
      options.measures = without
      let other = try Audit.plan(of: large, options: options)
      #expect(plan.skipped.map(\.measure).contains("parameters"))
      plan.skipped = other.skipped
      #expect(plan == other)
    }
    var input = Self.planned(columns: 128, shape: [128], hasParameters: true)
    input.factors[0].rows = PlannedRows(rowCount: 60_000, columnCount: 128)
    input.factors[0].minibatches = nil
    input.tensors = (0..<64).map { TensorColumns(name: "\($0)", shape: [1, 2], offset: 2 * $0, count: 2) }
    let options = AuditOptions(measures: [.regret, .parameters], memoryBound: 1 << 30, workerCount: 2)
    #expect(try Audit.plan(of: input, options: options).expectedPeak > 5 * 8 * 64 * 60_000)
  }

  @Test("take nothing from conjugate gradients where there is no memory for them", .tags(.property))
  func conjugateGradients() throws {
    let columns = 300 * 301
    var generator = TestGenerator(4)
    var input = AuditInput(
      gradients: ArrayBlocks(generator.normals(5 * columns), columnCount: columns),
      batchSizes: [Int](repeating: 4, count: 5),
      tensors: [TensorColumns(name: "w", shape: [300, 301], offset: 0, count: columns)],
      factors: [
        FactorRows(
          kind: .exact, rows: ArrayBlocks(generator.normals(15 * columns), columnCount: columns),
          minibatches: RandomSample.even(5, 3))
      ])
    input.parameters = ArrayBlocks(generator.normals(columns), columnCount: columns)
    var options = AuditOptions(damping: .diagonal(0.3), solver: .cg, memoryBound: 54 << 20, workerCount: 2)
    options.measures = [.regret, .heldOut, .fisher]
    options.memoryBound = try Audit.plan(of: input, options: options).expectedPeak + 1
    options.measures = nil
    let audit = try Audit(of: input, options: options)
    #expect(audit.plan.skipped.map(\.measure).contains("parameters") && audit.related?.parameters == nil)
    #expect(audit.kl?.heldOut != nil && audit.fisher != nil)
  }

  @Test(
    "add up to the same bits over shares where some have no use for θ",
    arguments: [Double.nan, .greatestFiniteMagnitude])
  func sharedUnusable(value: Double) throws {
    // Rows that are many enough to make blocks narrow.
    var generator = TestGenerator(9)
    let columns = 2 * TileChecksums.tileWidth
    let rows = ArrayBlocks(generator.normals(12 * columns).map(Float.init), columnCount: columns)
    var input = AuditInput(
      gradients: SelectedRows(Array(0..<8), of: rows), batchSizes: [Int](repeating: 2, count: 8),
      tensors: [TensorColumns(name: "w", shape: [columns], offset: 0, count: columns)],
      factors: [FactorRows(kind: .exact, rows: SelectedRows((0..<300).map { $0 % 12 }, of: rows), minibatches: nil)])
    var parameters = generator.normals(columns)
    parameters[columns - 5] = value
    input.parameters = ArrayBlocks(parameters, columnCount: columns)
    let pass = ParameterPass(
      input: input, factors: input.factors[0].rows, hasFisher: true, workerCount: 2,
      pieceCount: ParameterPass.largestPiece)
    let whole = try pass.sums()
    var total = ParameterSums(pass.shape)
    for number in 1...2 {
      total.add(try pass.sums(within: ColumnShare(number, of: 2)!.columns(of: input.gradients.tiles)))
    }
    let ratios = pass.shape.ratios
    #expect(Array(total.columns.value.elements[ratios]) == Array(whole.columns.value.elements[ratios]))
    #expect(total.others[0] + total.others[1] == 1 && whole.others[0] + whole.others[1] == 1)
  }

  @Test("that take more memory than there may be are left out, or refused where they are named", .tags(.property))
  func memory() throws {
    // WᵀA of 8,000² numbers, and W itself.
    let columns = 8_000 * 8_001
    let input = Self.planned(columns: columns, shape: [8_001, 8_000], hasParameters: true)
    var options = AuditOptions(measures: [.regret, .parameters], memoryBound: 8 << 30, workerCount: 2)
    let needed = 2 * 8 * columns + 3 * 8 * 8_000 * 8_000
    #expect(try Audit.plan(of: input, options: options).expectedPeak > needed)
    options.memoryBound = 2 << 30
    #expect(throws: AuditError.self) { try Audit.plan(of: input, options: options) }
    options.leavesOutUnreachable = true
    #expect(try Audit.plan(of: input, options: options).skipped.map(\.measure) == ["parameters"])
    #expect(try Audit.plan(of: input, options: options).expectedPeak <= 2 << 30)
  }

  @Test("are null without θ, and where θ is not finite, which is said")
  func unknown() throws {
    let random = ParameterSample(sizes: [4, 4, 4], ids: RandomSample.even(3, 2))
    let options = AuditOptions(fisher: .exact, damping: .diagonal(0.3), measures: [.regret, .parameters])
    var input = random.input
    input.parameters = nil
    let without = try Audit(of: input, options: options)
    #expect(without.related?.parameters?.signalToNoise != nil && without.related?.parameters?.fisherRao == nil)
    #expect(!without.warnings.contains { $0.code == "parameters_not_finite" })
    for value in [Double.nan, .infinity, 1e200] {
      var numbers = random.parameters
      numbers[4] = value
      input.parameters = ArrayBlocks(numbers, columnCount: numbers.count)
      let broken = try Audit(of: input, options: options)
      #expect(broken.related?.parameters?.signalToNoise != nil && broken.related?.parameters?.fisherRao == nil)
      #expect(broken.related?.parameters?.relativeFlatness == nil)
      let code = value.isFinite ? "parameters_beyond_range" : "parameters_not_finite"
      #expect(broken.warnings.contains { $0.code == code })
    }
  }
}
