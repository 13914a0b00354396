internal import Checkpoint

#if canImport(Darwin)
  internal import Darwin
#else
  internal import Glibc
#endif

/// What an audit will do, settled before anything is read.
struct AuditPlan: Sendable {
  let kind: FisherKind
  let factors: FactorRows?
  /// Whether the Fisher can be used at all: `minibatch` needs three gradients.
  let isUsable: Bool
  let damping: Damping
  let measures: Measures
  let solver: SolverChoice
  let isDouble: Bool
  let blockWidth: Int
  let workerCount: Int
  let memoryBound: Int

  init(_ input: AuditInput, _ options: AuditOptions) throws(AuditError) {
    switch options.damping {
    case .diagonal(let weight), .identity(let weight):
      guard weight > 0, weight <= 1 else { throw .weightOutOfRange(weight) }
    case .auto, .none: break
    }
    let stored = FisherKind.allCases.filter { kind in input.factors.contains { $0.kind == kind } }
    let kind = options.fisher ?? stored.first ?? .minibatch
    factors = input.factors.first { $0.kind == kind }
    guard kind == .minibatch || factors != nil else {
      throw .noFactors(kind, available: stored + [.minibatch])
    }
    self.kind = kind
    let gradientCount = input.gradients.rowCount
    isUsable = kind != .minibatch || gradientCount >= 3
    damping = options.damping
    measures = options.measures
    workerCount = options.workerCount ?? Self.processorCount
    memoryBound = options.memoryBound ?? Self.physicalMemory / 4

    let columns = input.gradients.columnCount
    let factorCount = factors?.rows.rowCount ?? 0
    let rows = gradientCount + factorCount
    // Through F itself where parameters are fewer than factor rows, else through the Gram matrix of all rows.
    switch options.solver {
    case .auto: solver = factorCount > 0 && columns < factorCount && rows * columns <= 1 << 26 ? .primal : .gram
    default: solver = options.solver
    }
    let isStoredDouble = ([input.gradients] + (factors.map { [$0.rows] } ?? [])).contains { $0.elementType == .float64 }
    // Files this small cost nothing in double precision; larger ones take float32 products with double totals.
    isDouble = isStoredDouble || Double(rows) * Double(rows) * Double(columns) <= 3e10
    blockWidth = min(16384, max(512, (1 << 23) / max(1, rows) / 256 * 256))
  }

  private static var processorCount: Int { max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN)))) }

  private static var physicalMemory: Int {
    Int(sysconf(Int32(_SC_PHYS_PAGES))) * Int(sysconf(Int32(_SC_PAGESIZE)))
  }
}
