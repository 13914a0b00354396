public import Checkpoint

/// The rows of an audit without their numbers: what goes with sums over them.
public struct InputOutline: Hashable, Codable, Sendable {
  let gradients: Rows
  let batchSizes: [Int]
  let tensors: [TensorColumns]
  let factors: [Factors]
  let parameters: Rows?
  let sampling: Sampling
  let losses: [Double]
  let groups: MinibatchGroups?
  let unknownFisherKinds: [String]
  let warnings: [AuditWarning]

  struct Rows: Hashable, Codable, Sendable {
    let rowCount: Int
    let columnCount: Int
    let elementType: ElementType
    let name: String
    let file: String

    /// Whether what is counted of them can be: no more rows than squares of products fit, no more bytes than integers tell.
    var isInBounds: Bool {
      guard 1...1 << 24 ~= rowCount, columnCount > 0 else { return false }
      let (bytes, overflow) = rowCount.multipliedReportingOverflow(by: columnCount)
      return !overflow && bytes < 1 << 58
    }

    init(_ rows: any ColumnBlocks) {
      rowCount = rows.rowCount
      columnCount = rows.columnCount
      elementType = rows.elementType
      name = rows.name
      file = rows.file
    }
  }

  struct Factors: Hashable, Codable, Sendable {
    let kind: FisherKind
    let rows: Rows
    let minibatches: [Int]?
  }

  /// The outline of `input`.
  public init(_ input: AuditInput) {
    gradients = Rows(input.gradients)
    batchSizes = input.batchSizes
    tensors = input.tensors
    factors = input.factors.map { Factors(kind: $0.kind, rows: Rows($0.rows), minibatches: $0.minibatches) }
    parameters = input.parameters.map(Rows.init)
    sampling = input.sampling
    losses = input.losses
    groups = input.groups
    unknownFisherKinds = input.unknownFisherKinds
    warnings = input.warnings
  }

  /// Whether its minibatches are those that `description` tells of.
  public func isOf(_ description: CheckpointDescription) -> Bool {
    batchSizes == description.batchSizes && losses.count == description.losses.count && groups == description.groups
      && sampling == description.sampling && columnCount <= description.parameterCount
  }

  /// Number of columns.
  public var columnCount: Int { gradients.columnCount }

  /// What contradicts itself; nil where nothing does.
  public var fault: String? {
    let (count, columns) = (gradients.rowCount, gradients.columnCount)
    let rows = [gradients] + factors.map(\.rows) + (parameters.map { [$0] } ?? [])
    guard columns > 0, rows.allSatisfy({ $0.columnCount == columns && $0.isInBounds }) else {
      return "rows of other lengths, or too many"
    }
    guard batchSizes.count == count, batchSizes.allSatisfy({ $0 > 0 }), [0, count].contains(losses.count) else {
      return "\(batchSizes.count) sizes of minibatches for \(count) gradients"
    }
    guard groups?.fault(minibatchCount: count) == nil else { return "groups of other minibatches" }
    guard Set(factors.map(\.kind)).count == factors.count,
      factors.allSatisfy({ factors in
        factors.minibatches.map { $0.count == factors.rows.rowCount && $0.allSatisfy { -1..<count ~= $0 } } ?? true
      })
    else { return "factors of other minibatches" }
    var next = 0
    for tensor in tensors.sorted(by: { ($0.offset, $0.count) < ($1.offset, $1.count) }) {
      guard tensor.offset == next, tensor.count >= 0, tensor.count <= columns - next else { return "tensors with gaps" }
      next += tensor.count
    }
    return next == columns ? nil : "tensors with gaps"
  }
}

extension AuditInput {
  /// The rows of `outline`, of which none can be read; `isVerified` tells whether whoever read them had them checked.
  public init(_ outline: InputOutline, isVerified: Bool) {
    func rows(_ rows: InputOutline.Rows) -> AbsentRows { AbsentRows(outline: rows, isVerified: isVerified) }
    self.init(
      gradients: rows(outline.gradients), batchSizes: outline.batchSizes, tensors: outline.tensors,
      factors: outline.factors.map {
        FactorRows(kind: $0.kind, rows: rows($0.rows), minibatches: $0.minibatches)
      }, sampling: outline.sampling)
    parameters = outline.parameters.map(rows)
    losses = outline.losses
    groups = outline.groups
    unknownFisherKinds = outline.unknownFisherKinds
    warnings = outline.warnings
  }
}

/// Rows of which only sums are there.
struct AbsentRows: ColumnBlocks {
  let outline: InputOutline.Rows
  let isVerified: Bool

  var rowCount: Int { outline.rowCount }
  var columnCount: Int { outline.columnCount }
  var elementType: ElementType { outline.elementType }
  var name: String { outline.name }
  var file: String { outline.file }

  func copy(
    rows: Range<Int>, columns: Range<Int>, to destination: inout MutableRawSpan, rowStride: Int
  ) throws(CheckpointError) {
    let reason =
      "some sums left the range of double precision, and parts do not hold the rows that would tell why: inspect the "
      + "checkpoint itself"
    throw CheckpointError(file: file, cause: .refused(object: name, reason: reason))
  }
}
