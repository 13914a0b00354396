import Checkpoint
import Checksum
import Regret
import Testing

/// Rows in memory with checksums of every row and tile.
private struct ChecksummedBlocks: ColumnBlocks {
  let rows: ArrayBlocks<Float>
  let checksums: TileChecksums?
  var rowCount: Int { rows.rowCount }
  var columnCount: Int { rows.columnCount }
  var elementType: ElementType { rows.elementType }
  var name: String { rows.name }
  var file: String { rows.file }

  init(_ elements: [Float], columnCount: Int, name: String, damaging damage: Int? = nil) {
    let count = elements.count / columnCount
    var values: [UInt64] = []
    for row in 0..<count {
      for tile in 0..<TileChecksums.tileCount(columnCount: columnCount) {
        let columns = TileColumns(columnCount: columnCount)[tile]
        let part = Array(elements[(row * columnCount + columns.lowerBound)..<(row * columnCount + columns.upperBound)])
        values.append(part.withUnsafeBytes { Hash.value(of: $0) })
      }
    }
    checksums = TileChecksums(values, rowCount: count, columnCount: columnCount)
    var stored = elements
    if let damage { stored[damage] += 1 }
    rows = ArrayBlocks(stored, columnCount: columnCount, name: name)
  }

  func copy(
    rows range: Range<Int>, columns: Range<Int>, to destination: inout MutableRawSpan, rowStride: Int
  ) throws(CheckpointError) {
    try rows.copy(rows: range, columns: columns, to: &destination, rowStride: rowStride)
  }
}

@Suite("Rows are checked against their checksums as they are read")
struct VerificationTests {
  /// Tensors of all widths: many in one tile, one over several tiles, none at the borders of tiles, one empty, and not
  /// in the order of their columns.
  static let tensors: [TensorColumns] = {
    let counts = [5, 3, 900, 12_000, 0, 120_000, 1, 16_384, 707]
    let columns = counts.enumerated().map { TensorLayout("t\($0.offset)", shape: [$0.element]) }.columns
    return columns.reversed()
  }()
  /// More than are cut into pieces throughout.
  static let columnCount = 150_000
  static let gradientCount = 4
  static let factorCount = 6
  private static let gradients = numbers(gradientCount * columnCount, seed: 7)
  private static let factors = numbers(factorCount * columnCount, seed: 8)

  private static func numbers(_ count: Int, seed: UInt64) -> [Float] {
    var state = seed
    return (0..<count).map { _ in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Float(Int64(bitPattern: state) >> 40) / Float(1 << 23)
    }
  }

  private func input(damagedGradient: Int? = nil, damagedFactor: Int? = nil) -> AuditInput {
    AuditInput(
      gradients: ChecksummedBlocks(
        Self.gradients, columnCount: Self.columnCount, name: "/gradients", damaging: damagedGradient),
      batchSizes: [8, 8, 8, 8], tensors: Self.tensors,
      factors: [
        FactorRows(
          kind: .exact,
          rows: ChecksummedBlocks(
            Self.factors, columnCount: Self.columnCount, name: "/fisher/exact/factors", damaging: damagedFactor),
          minibatches: [0, 0, 1, 2, 3, 3])
      ])
  }

  @Test("Intact rows are verified, whatever the number of workers", arguments: [1, 2, 7])
  func intact(workers: Int) throws {
    let audit = try Audit(of: input(), options: AuditOptions(workerCount: workers))
    #expect(audit.isVerified)
    let single = try Audit(of: input(), options: AuditOptions(workerCount: 1))
    #expect(audit.kl == single.kl)
    #expect(audit.tensors == single.tensors)
  }

  @Test(
    "One altered number is found and named",
    arguments: [0, 4, 907, 16_383, 16_384, 33_333, 149_999, 150_000, 323_456, 599_999], [1, 2, 7])
  func damagedGradient(place: Int, workers: Int) {
    let row = place / Self.columnCount
    let tile = place % Self.columnCount / TileChecksums.tileWidth
    let columns = TileColumns(columnCount: Self.columnCount)[tile]
    let cause = CheckpointError.Cause.damaged(
      object: "/gradients, row \(row), columns \(columns.lowerBound) to \(columns.upperBound - 1)")
    #expect(throws: CheckpointError(file: "memory", cause: cause)) {
      try Audit(of: input(damagedGradient: place), options: AuditOptions(measures: .all, workerCount: workers))
    }
  }

  @Test(
    "Factor rows too, with every solver and with or without tensors", arguments: [SolverChoice.gram, .cg],
    [Measures.regret, .all])
  func damagedFactor(solver: SolverChoice, measures: Measures) throws {
    #expect(throws: CheckpointError.self) {
      try Audit(
        of: input(damagedFactor: 260_001),
        options: AuditOptions(damping: .diagonal(0.1), measures: measures, solver: solver))
    }
  }

  @Test("The primal way verifies the rows that it reads")
  func primal() {
    let elements = (0..<60).map { Float($0 % 7) - 3 }
    func input(damaging: Int?) -> AuditInput {
      AuditInput(
        gradients: ChecksummedBlocks(Array(elements[..<12]), columnCount: 4, name: "/gradients"),
        batchSizes: [1, 1, 1],
        tensors: [TensorLayout("t", shape: [4])].columns,
        factors: [
          FactorRows(
            kind: .exact, rows: ChecksummedBlocks(elements, columnCount: 4, name: "/f", damaging: damaging),
            minibatches: nil)
        ])
    }
    let options = AuditOptions(solver: .primal)
    #expect(throws: Never.self) { try Audit(of: input(damaging: nil), options: options) }
    #expect(throws: CheckpointError(file: "memory", cause: .damaged(object: "/f, row 7, columns 0 to 3"))) {
      try Audit(of: input(damaging: 30), options: options)
    }
  }
}
