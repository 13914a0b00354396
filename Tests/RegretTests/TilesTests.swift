import CTiles
import Checkpoint
import Testing

@testable import Regret

@Suite("bfloat16 products on tiles")
struct TilesTests {
  /// Rows a little apart from each other, products in a matrix that is wider than they are.
  private struct Products {
    var sums: [Float]
    var pitch: Int
    subscript(row: Int, column: Int) -> Float { sums[row * pitch + column] }

    init(_ rows: [[Float]], on unit: tiles_unit = tiles_in_c) {
      let (count, columns) = (rows.count, rows[0].count)
      let stride = columns + 3
      pitch = count + 2
      sums = [Float](repeating: 1, count: count * pitch)
      let x = rows.flatMap { $0 + [.nan, .nan, .nan] }
      let workspace = UnsafeMutableRawPointer.allocate(byteCount: tiles_workspace(Int32(count)), alignment: 64)
      defer { workspace.deallocate() }
      tiles_symmetric_product(
        unit, x, Int32(count), Int32(columns), Int32(stride), &sums, Int32(pitch), workspace)
    }
  }

  private static func rows(_ count: Int, _ columns: Int, _ number: (inout TestGenerator) -> Float) -> [[Float]] {
    var generator = TestGenerator(count * 1_000 + columns)
    return (0..<count).map { _ in (0..<columns).map { _ in number(&generator) } }
  }

  /// The largest errors of products in units of 1 + ‖x‖‖y‖, and their root mean square.
  private static func errors(_ rows: [[Float]], _ products: Products) -> (largest: Double, mean: Double) {
    func exact(_ i: Int, _ j: Int) -> Double {
      zip(rows[i], rows[j]).reduce(0) { $0 + Double($1.0) * Double($1.1) }
    }
    let lengths = rows.indices.map { exact($0, $0).squareRoot() }
    var (largest, squares, count) = (0.0, 0.0, 0.0)
    for i in rows.indices {
      for j in i..<rows.count {
        let error = (Double(products[i, j]) - 1 - exact(i, j)) / (1 + lengths[i] * lengths[j])
        largest = max(largest, abs(error))
        squares += error * error
        count += 1
      }
    }
    return (largest, (squares / count).squareRoot())
  }

  @Test("split a number into the nearest bfloat16 and the nearest of what is left")
  func split() {
    var generator = TestGenerator(3)
    var numbers: [Float] = [0, -0, 1, -1, 0x1.01p0, 0x1.03p0, 0x1.feffffp0, 0x1.fep126, .leastNormalMagnitude]
    for exponent in -100...120 {
      for _ in 0..<20 {
        numbers.append(Float(sign: .plus, exponent: exponent, significand: Float(generator.normal())))
      }
    }
    var (high, low) = ([UInt16](repeating: 0, count: numbers.count), [UInt16](repeating: 0, count: numbers.count))
    tiles_split(numbers, Int32(numbers.count), &high, &low)
    for (index, number) in numbers.enumerated() {
      #expect(high[index] == number.brain16)
      let (first, second) = (Float(brain16: high[index]), Float(brain16: low[index]))
      #expect(second.bitPattern & 0xffff == 0)
      #expect(abs(Double(number) - Double(first) - Double(second)) <= 0x1p-17 * abs(Double(number)))
    }
    // Whole numbers of 16 bits are exact.
    let whole = (1...65_535).map { Float($0) }
    (high, low) = ([UInt16](repeating: 0, count: whole.count), [UInt16](repeating: 0, count: whole.count))
    tiles_split(whole, Int32(whole.count), &high, &low)
    #expect(whole.indices.allSatisfy { Float(brain16: high[$0]) + Float(brain16: low[$0]) == whole[$0] })
  }

  @Test(
    "are those of double precision at every extent beside a tile's, a block's and a chunk's",
    arguments: [1, 15, 16, 17, 31, 32, 33, 63, 65], [1, 31, 32, 33, 255, 256, 257, 513])
  func extents(rowCount: Int, columnCount: Int) {
    let rows = Self.rows(rowCount, columnCount) { Float($0.normal()) }
    let products = Products(rows)
    #expect(Self.errors(rows, products).largest < 0x1p-16)
    for row in 0..<rowCount {
      // The lower triangle and what lies beside the matrix are left alone.
      #expect((0..<row).allSatisfy { products[row, $0] == 1 })
      #expect(products[row, rowCount] == 1 && products[row, rowCount + 1] == 1)
    }
  }

  @Test("the same for more rows than are multiplied at a time", arguments: [511, 513, 545])
  func manyRows(rowCount: Int) {
    let rows = Self.rows(rowCount, 5) { Float($0.normal()) }
    #expect(Self.errors(rows, Products(rows)).largest < 0x1p-16)
  }

  @Test("the same where twice as many columns are packed at once", arguments: [1_024, 1_025], [511, 513])
  func wideChunks(rowCount: Int, columnCount: Int) {
    // Equal rows, so that one sum tells them all.
    let row = Self.rows(1, columnCount) { Float($0.normal()) }[0]
    let products = Products([[Float]](repeating: row, count: rowCount))
    let exact = 1 + row.reduce(0) { $0 + Double($1) * Double($1) }
    let places = [0, 31, 32, 511, 512, 513, rowCount - 1]
    for i in places {
      for j in places where j >= i { #expect(abs(Double(products[i, j]) - exact) < 1e-5 * exact) }
    }
  }

  @Test("err by what the guard counts on")
  func accuracy() {
    let normal = Self.rows(33, 4_096) { Float($0.normal()) }
    let normalErrors = Self.errors(normal, Products(normal))
    #expect(normalErrors.mean < 2e-7 && normalErrors.largest < 1e-6)
    // Few numbers make the length of a row.
    let wide = Self.rows(33, 4_096) {
      Float(sign: .plus, exponent: Int(8 * $0.normal()), significand: Float($0.normal()))
    }
    let wideErrors = Self.errors(wide, Products(wide))
    #expect(wideErrors.mean < Tiles.rounding && wideErrors.largest < 0x1p-16 + 1e-6)
    // As far from h + l as numbers can be, all of them alike.
    let worst = Self.rows(5, 1_000) { _ in 0x1.00fefep0 }
    #expect(Self.errors(worst, Products(worst)).largest < 0x1p-16 + 1e-6)
  }

  @Test("of equal rows are equal, wherever they stand")
  func equalRows() {
    let row = Self.rows(1, 300) { Float($0.normal()) }[0]
    let products = Products([[Float]](repeating: row, count: 50))
    for i in 0..<50 { #expect((i..<50).allSatisfy { products[i, $0] == products[0, 0] }) }
  }

  @Test(
    "tell of numbers beyond bfloat16's range",
    arguments: [Float.greatestFiniteMagnitude, 3.4e38, .infinity, .nan, Float(bitPattern: 0x7fff_ffff)])
  func beyondRange(number: Float) {
    var rows = Self.rows(3, 40) { Float($0.normal()) }
    rows[1][7] = number
    let products = Products(rows)
    #expect(!products[1, 1].isFinite)
    #expect(products[0, 0].isFinite && products[2, 2].isFinite)
  }

  @Test("pass a self-test that a wrong sum fails")
  func selfTest() {
    #expect(tiles_pass(tiles_in_c, 0) == 1)
    #expect(tiles_pass(tiles_in_c, 1) == 0)
  }

  @Test(
    "are the same on the processor's tiles", .enabled(if: Tiles.areAvailable),
    arguments: [(1, 1), (17, 31), (33, 257), (70, 700), (513, 33), (1_025, 40)])
  func processor(extent: (rows: Int, columns: Int)) {
    let rows = Self.rows(extent.rows, extent.columns) { Float($0.normal()) }
    #expect(Products(rows, on: tiles_of_processor).sums == Products(rows).sums)
  }

  // MARK: Audits

  private static func options(_ damping: Damping, precision: ElementType = .bfloat16, workers: Int? = nil)
    -> AuditOptions
  {
    var options = AuditOptions(damping: damping, measures: .regret, solver: .gram, workerCount: workers)
    options.precision = precision
    return options
  }

  private static func differences(_ audit: Audit, from reference: Audit, tolerance: Double) -> [String] {
    let found = audit.figures
    return reference.expected().filter { found[$0.key] != nil }.disagreements(with: found, tolerance: tolerance)
  }

  @Test(
    "carry an audit", .tags(.reference), arguments: [Damping.auto, .diagonal(0.1), .diagonal(0.5), .identity(0.3)],
    [0, 0.3])
  func audits(damping: Damping, common: Double) throws {
    let input = LargeSample(gradientCount: 10, factorCount: 45, columnCount: 9_000, common: common).input
    let reference = try Audit(of: input, options: Self.options(damping, precision: .float64))
    let audit = try Audit(of: input, options: Self.options(damping))
    #expect(audit.plan.precision == .bfloat16)
    #expect(audit.plan.kernel == "\(Tiles.kernel) and \(BLAS.kernel)")
    let lines = Self.differences(audit, from: reference, tolerance: 2e-5)
    #expect(lines.isEmpty, "\(lines.joined(separator: "; "))")
  }

  @Test(
    "agree with the definitions, or are formed again in more digits", .tags(.reference),
    arguments: PrecisionTests.samples, [Damping.auto, .diagonal(1e-3), .diagonal(0.3), .identity(1e-2)])
  func definitions(random: RandomSample, damping: Damping) throws {
    let sample = random.sample
    var options = Self.options(damping)
    options.fisher = .exact
    let figures = try Audit(of: sample.input, options: options).figures.filter {
      $0.key != "kl.outside_range" && !$0.key.hasPrefix("kl.estimate") && !$0.key.contains("kl.held_out")
    }
    let reference = DenseReference.figures(sample, kind: .exact, damping: damping, withPath: false)
      .filter { figures[$0.key] != nil }
    let lines = reference.disagreements(with: figures, tolerance: 1e-4)
    #expect(!reference.isEmpty)
    #expect(lines.isEmpty, "\(lines.prefix(6).joined(separator: "; "))")
  }

  @Test(
    "give way to float32 and that to double", arguments: [(0.5, ElementType.float32), (1e-4, .float64)])
  func guarded(weight: Double, expected: ElementType) throws {
    // Gradients in the span of factors: Q is what is left of much larger products.
    let columns = 2_000
    let factors = Self.rows(12, columns) { Float($0.normal()) }
    let weights = Self.rows(4, 12) { Float($0.normal()) }
    let gradients = weights.flatMap { weights in
      (0..<columns).map { column in (0..<12).reduce(0) { $0 + weights[$1] * factors[$1][column] } }
    }
    let input = AuditInput(
      gradients: ArrayBlocks(gradients, columnCount: columns, name: "/gradients"), batchSizes: [8, 8, 8, 8],
      tensors: [TensorColumns(name: "w", shape: [columns], offset: 0, count: columns)],
      factors: [
        FactorRows(
          kind: .sampled,
          rows: ArrayBlocks(factors.flatMap(\.self), columnCount: columns, name: "/fisher/sampled/factors"),
          minibatches: nil)
      ])
    let reference = try Audit(of: input, options: Self.options(.diagonal(weight), precision: .float64))
    let audit = try Audit(of: input, options: Self.options(.diagonal(weight)))
    #expect(audit.plan.precision == expected)
    #expect(audit.plan.kernel == BLAS.kernel)
    let lines = Self.differences(audit, from: reference, tolerance: 1e-4)
    #expect(lines.isEmpty, "\(lines.joined(separator: "; "))")
  }

  @Test("carry gradients of no length")
  func noLength() throws {
    var input = LargeSample(gradientCount: 6, factorCount: 20, columnCount: 2_000).input
    let rows = [[Float](repeating: 0, count: 2_000)] + Self.rows(5, 2_000) { Float($0.normal()) }
    input.gradients = ArrayBlocks(rows.flatMap(\.self), columnCount: 2_000, name: "/gradients")
    let reference = try Audit(of: input, options: Self.options(.diagonal(0.5), precision: .float64))
    let audit = try Audit(of: input, options: Self.options(.diagonal(0.5)))
    #expect(audit.plan.precision == .bfloat16)
    #expect(Self.differences(audit, from: reference, tolerance: 2e-5).isEmpty)
  }

  @Test(
    "give way where gradients are nearly parallel, and so do float32 products where they are more so",
    arguments: [(Float(0.1), ElementType.float32), (1e-3, .float64)])
  func parallel(spread: Float, precision: ElementType) throws {
    var input = LargeSample(gradientCount: 1, factorCount: 45, columnCount: 3_000).input
    let base = Self.rows(1, 3_000) { Float($0.normal()) }[0]
    let rows = Self.rows(4, 3_000) { spread * Float($0.normal()) }.flatMap { zip(base, $0).map(+) }
    input.gradients = ArrayBlocks(rows, columnCount: 3_000, name: "/gradients")
    input.batchSizes = [8, 8, 8, 8]
    input.factors[0].minibatches = (0..<45).map { $0 % 4 }
    #expect(try Audit(of: input, options: Self.options(.diagonal(0.5))).plan.precision == precision)
  }

  @Test("give way where squares leave their range", arguments: [Float(1e-18), 1e-30, 1e25, 1e37])
  func range(scale: Float) throws {
    let (count, columns) = (24, 500)
    let rows = Self.rows(count + 6, columns) { Float($0.normal()) }
    func input(_ scale: Float) -> AuditInput {
      func blocks(_ rows: ArraySlice<[Float]>, _ name: String) -> ArrayBlocks<Float> {
        ArrayBlocks(rows.flatMap { $0.map { $0 * scale } }, columnCount: columns, name: name)
      }
      return AuditInput(
        gradients: blocks(rows[..<6], "/gradients"), batchSizes: [Int](repeating: 8, count: 6),
        tensors: [TensorColumns(name: "w", shape: [columns], offset: 0, count: columns)],
        factors: [
          FactorRows(kind: .sampled, rows: blocks(rows[6...], "/fisher/sampled/factors"), minibatches: nil)
        ])
    }
    #expect(try Audit(of: input(1), options: Self.options(.diagonal(0.3))).plan.precision == .bfloat16)
    let audit = try Audit(of: input(scale), options: Self.options(.diagonal(0.3)))
    #expect(audit.plan.precision != .bfloat16)
    let reference = try Audit(of: input(scale), options: Self.options(.diagonal(0.3), precision: .float64))
    let lines = Self.differences(audit, from: reference, tolerance: 1e-4)
    #expect(lines.isEmpty, "\(lines.joined(separator: "; "))")
  }

  @Test(
    "are kept from what they lack the digits for", arguments: [Measures.heldOut, .path, .tensors, .fisher, .estimate])
  func measures(measure: Measures) throws {
    var options = Self.options(.diagonal(0.5))
    options.measures = [.regret, measure]
    let input = LargeSample(gradientCount: 8, factorCount: 24, columnCount: 500).input
    #expect(try Audit.plan(of: input, options: options).precision == .float32)
    options.measures = .regret
    #expect(try Audit.plan(of: input, options: options).precision == .bfloat16)
    options.fisher = .minibatch
    #expect(try Audit.plan(of: input, options: options).precision == .float32)
  }

  @Test("are the same bits for any number of workers", .tags(.property), arguments: [3_000, 70_000])
  func workers(columnCount: Int) throws {
    let input = LargeSample(gradientCount: 6, factorCount: 20, columnCount: columnCount).input
    func audit(_ workers: Int) throws -> Audit {
      var audit = try Audit(of: input, options: Self.options(.diagonal(0.3), workers: workers))
      #expect(audit.plan.precision == .bfloat16)
      (audit.plan.workerCount, audit.plan.blockWidth, audit.plan.expectedPeak) = (0, 0, 0)
      return audit
    }
    let one = try audit(1)
    for count in [2, 7] { #expect(try audit(count) == one, "\(count) workers") }
  }
}
