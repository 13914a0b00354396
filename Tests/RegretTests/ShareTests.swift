import Checkpoint
import Synchronization
import Testing

@testable import Regret

/// Numbers of shares in memory.
private final class MemoryStore: NumberStore {
  private let numbers = Mutex<[Double]>([])

  var count: Int { numbers.withLock { $0.count } }

  func append(_ new: [Double]) throws -> NumberPlace {
    numbers.withLock { numbers in
      numbers += new
      return NumberPlace(start: numbers.count - new.count, count: new.count, checksum: 0)
    }
  }

  func cut(to count: Int) throws { numbers.withLock { $0.removeLast($0.count - count) } }

  subscript(place: NumberPlace) -> [Double] {
    numbers.withLock { Array($0[place.start..<(place.start + place.count)]) }
  }
}

extension Audit {
  /// The audit of `input` by way of sums over `count` shares, given in another order than that of their columns.
  fileprivate static func merged(_ input: AuditInput, _ options: AuditOptions, count: Int) throws -> Audit {
    let stores = (0..<count).map { _ in MemoryStore() }
    let shares = try (0..<count).map {
      try Audit.sums(over: ColumnShare($0 + 1, of: count)!, of: input, options: options, store: stores[$0])
    }
    let order = (0..<count).map { ($0 * 7 + 3) % count }
    let isShuffled = Set(order).count == count
    let sequence = isShuffled ? order : Array(0..<count)
    return try Audit(of: InputOutline(input), options: options, shares: sequence.map { shares[$0] }) {
      stores[sequence[$0]][$1]
    }
  }
}

@Suite("Sums over shares of the columns", .tags(.reference))
struct ShareTests {
  static let dampings: [Damping] = [.auto, .none, .diagonal(0.1), .identity(0.03)]

  @Test("make the audit of the whole, for every irregularity", arguments: RandomSample.all, dampings)
  func irregular(random: RandomSample, damping: Damping) throws {
    let input = random.sample.input
    for kind in [FisherKind.sampled, .minibatch] where kind == .minibatch || !input.factors.isEmpty {
      let options = AuditOptions(fisher: kind, damping: damping, measures: .all, keepsArrays: true)
      let whole = try Audit(of: input, options: options)
      let merged = try Audit.merged(input, options, count: 3)
      #expect(whole.expected().disagreements(with: merged.figures, tolerance: 1e-12).isEmpty)
      #expect(merged.warnings == whole.warnings)
      #expect(merged.arrays == whole.arrays)
      #expect(merged.plan.solver == whole.plan.solver)
      #expect(merged.related == whole.related)
      #expect(whole.related?.parameters?.fisherRao != nil || kind == .minibatch)
    }
  }

  @Test(
    "make the audit of the whole where tiles and tensors are cut",
    arguments: [ElementType.float64, .float32], [1, 2, 3, 4, 9])
  func cut(precision: ElementType, count: Int) throws {
    for damping in Self.dampings {
      var options = AuditOptions(damping: damping, measures: .all, solver: .gram)
      options.precision = precision
      let whole = try Audit(of: Self.large, options: options)
      let merged = try Audit.merged(Self.large, options, count: count)
      let lines = whole.expected().disagreements(with: merged.figures, tolerance: 1e-12)
      #expect(lines.isEmpty, "\(damping): \(lines.prefix(8).joined(separator: "; "))")
      #expect(merged.plan.precision == whole.plan.precision)
      #expect(whole.related?.parameters?.relativeFlatness != nil)
      #expect(merged.related?.parameters == whole.related?.parameters)
    }
  }

  private static let large = LargeSample().input

  @Test("are columns of whole tiles, all of them, nearly equal", arguments: [1, 2, 3, 4, 5, 16, 100])
  func columns(count: Int) throws {
    for columns in [1, 16_383, 16_384, 16_385, 1_000_000] {
      let tiles = TileColumns(columnCount: columns)
      var next = 0
      for number in 1...count {
        let own = try #require(ColumnShare(number, of: count)).columns(of: tiles)
        #expect(own.lowerBound == next)
        #expect(own.upperBound == columns || own.upperBound % TileChecksums.tileWidth == 0)
        #expect(abs(own.count - columns / count) <= TileChecksums.tileWidth)
        next = own.upperBound
      }
      #expect(next == columns)
    }
  }

  @Test("there is no share zero, none beyond the last, and there are not endlessly many")
  func noShare() {
    for (number, count) in [(0, 4), (5, 4), (-1, 4), (1, 0), (1, -3), (1, ColumnShare.limit + 1)] {
      #expect(ColumnShare(number, of: count) == nil)
    }
  }

  @Test("cannot be made for conjugate gradients, and say so")
  func conjugateGradients() throws {
    #expect(throws: AuditError.notShared(.cg)) {
      try Audit.sums(
        over: ColumnShare(1, of: 2)!, of: Self.large, options: AuditOptions(solver: .cg), store: MemoryStore())
    }
  }

  @Test("that lack digits ask for double precision, and then have them")
  func double() throws {
    let input = LargeSample(gradientCount: 4, factorCount: 12, common: 3e3).input
    var options = AuditOptions(damping: .diagonal(1e-4), measures: .regret, solver: .gram)
    options.precision = .float32
    let whole = try Audit(of: input, options: options)
    #expect(whole.plan.precision == .float64)
    #expect(throws: AuditError.needsDouble) { try Audit.merged(input, options, count: 2) }
    let stores = [MemoryStore(), MemoryStore()]
    let shares = try (0..<2).map {
      try Audit.sums(
        over: ColumnShare($0 + 1, of: 2)!, of: input, options: options, isDouble: true, store: stores[$0])
    }
    let merged = try Audit(of: InputOutline(input), options: options, shares: shares) { stores[$0][$1] }
    #expect(whole.expected().disagreements(with: merged.figures, tolerance: 1e-8).isEmpty)
  }

  @Test("that do not make up the columns are refused")
  func incomplete() throws {
    let options = AuditOptions(solver: .gram)
    let store = MemoryStore()
    let shares = try (1...3).map {
      try Audit.sums(over: ColumnShare($0, of: 3)!, of: Self.large, options: options, store: store)
    }
    for some in [[], [0], [0, 1], [0, 2], [1, 2], [0, 1, 1, 2], [0, 1, 2, 2]] {
      #expect(throws: AuditError.foreignShares) {
        try Audit(of: InputOutline(Self.large), options: options, shares: some.map { shares[$0] }) { store[$1] }
      }
    }
  }
}
