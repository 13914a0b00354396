internal import Checkpoint

extension Audit {
  /// The audit of rows of which only `shares` are there, as ``init(of:options:)`` would make it of the rows themselves.
  ///
  /// `read` returns the numbers at a place of a share's store. Throws ``AuditError/foreignShares`` where the shares do not
  /// make up all columns of `outline`, and ``AuditError/needsDouble`` where their products lack digits.
  public init(
    of outline: InputOutline, options: AuditOptions, shares: [ShareSums],
    read: @escaping @Sendable (_ share: Int, NumberPlace) throws -> [Double]
  ) throws {
    let order = shares.indices.sorted {
      (shares[$0].columns.lowerBound, shares[$0].columns.upperBound)
        < (shares[$1].columns.lowerBound, shares[$1].columns.upperBound)
    }
    let sorted = order.map { shares[$0] }
    guard outline.fault == nil, Self.fit(sorted, outline) else { throw AuditError.foreignShares }
    var input = AuditInput(outline, isVerified: sorted.allSatisfy(\.isVerified))
    let work = MergedWork(shares: sorted, tensors: outline.tensors.map(\.range)) { try read(order[$0], $1) }
    if let rows = try JoinedRows(sorted, outline, read: work.read) {
      input.gradients = rows.gradients
      for index in input.factors.indices where input.factors[index].kind == sorted[0].fisher {
        input.factors[index].rows = rows.factors
      }
    }
    try self.init(of: input, options: options, work: work)
  }

  /// Whether `shares` make up all columns of `outline`, alike and in order.
  private static func fit(_ shares: [ShareSums], _ outline: InputOutline) -> Bool {
    guard let first = shares.first else { return false }
    var next = 0
    for share in shares {
      guard share.columns.lowerBound == next, share.fits(outline), share.isLike(first) else { return false }
      next = share.columns.upperBound
    }
    return next == outline.columnCount
  }
}

extension ShareSums {
  /// Whether it can be added to `other`.
  func isLike(_ other: ShareSums) -> Bool {
    guard fisher == other.fisher, minibatches == other.minibatches else { return false }
    switch (content, other.content) {
    case (.sums(let own, _, _), .sums(let shape, _, _)): return own == shape
    case (.rows, .rows): return true
    default: return false
    }
  }

  /// Whether it is of rows such as `outline` tells of, and its numbers are as many as it says.
  public func fits(_ outline: InputOutline) -> Bool {
    let gradientCount = outline.gradients.rowCount
    let stored = outline.factors.first { $0.kind == fisher }
    guard stored != nil || fisher == .minibatch, columns.lowerBound >= 0, columns.upperBound <= outline.columnCount,
      digests.count == gradientCount, moments.count == minibatches.count
    else { return false }
    switch content {
    case .rows(let gradients, let factors):
      return gradients.count == gradientCount * columns.count
        && factors.count == (stored?.rows.rowCount ?? 0) * columns.count
    case .sums(let shape, let total, let tensors):
      guard shape.gradientCount == gradientCount, 0...(stored?.rows.rowCount ?? 0) ~= shape.factorCount,
        shape.tileCount == nil, shape.keptCount == 0, total.count == GramAccumulator.numberCount(shape)
      else { return false }
      return tensors.allSatisfy { tensor in
        guard outline.tensors.indices ~= tensor.index else { return false }
        let range = outline.tensors[tensor.index].range
        return range.overlaps(columns)
          && (tensor.keptCount == 0 || tensor.keptCount == range.count && range.count <= shape.rowCount)
          && tensor.place.count == GramAccumulator.numberCount(shape.tensor(keptCount: tensor.keptCount))
      }
    }
  }
}

/// Rows whose columns the shares hold themselves.
private struct JoinedRows {
  let gradients: any ColumnBlocks
  let factors: any ColumnBlocks

  /// Nil where the shares hold sums.
  init?(_ shares: [ShareSums], _ outline: InputOutline, read: (Int, NumberPlace) throws -> [Double]) throws {
    guard case .rows = shares[0].content, let stored = outline.factors.first(where: { $0.kind == shares[0].fisher })
    else { return nil }
    var (own, others) = (
      Matrix(outline.gradients.rowCount, outline.columnCount), Matrix(stored.rows.rowCount, outline.columnCount)
    )
    for (number, share) in shares.enumerated() {
      guard case .rows(let gradients, let factors) = share.content else { return nil }
      own.setColumns(share.columns, try read(number, gradients))
      others.setColumns(share.columns, try read(number, factors))
    }
    let isVerified = shares.allSatisfy(\.isVerified)
    gradients = HeldRows(matrix: own, outline: outline.gradients, isVerified: isVerified)
    factors = HeldRows(matrix: others, outline: stored.rows, isVerified: isVerified)
  }
}

extension Matrix {
  /// Puts `numbers`, row after row, in place of `columns`.
  fileprivate mutating func setColumns(_ columns: Range<Int>, _ numbers: [Double]) {
    for row in 0..<rowCount {
      elements.replaceSubrange(
        (row * columnCount + columns.lowerBound)..<(row * columnCount + columns.upperBound),
        with: numbers[(row * columns.count)..<((row + 1) * columns.count)])
    }
  }
}

/// Rows in memory, in double precision.
private struct HeldRows: ColumnBlocks {
  let matrix: Matrix
  let outline: InputOutline.Rows
  let isVerified: Bool

  var rowCount: Int { matrix.rowCount }
  var columnCount: Int { matrix.columnCount }
  var elementType: ElementType { .float64 }
  var name: String { outline.name }
  var file: String { outline.file }

  func copy(
    rows: Range<Int>, columns: Range<Int>, to destination: inout MutableRawSpan, rowStride: Int
  ) throws(CheckpointError) {
    destination.withUnsafeMutableBytes { bytes in
      for (place, row) in rows.enumerated() {
        let base = row * matrix.columnCount
        matrix.elements[(base + columns.lowerBound)..<(base + columns.upperBound)].withUnsafeBytes {
          UnsafeMutableRawBufferPointer(rebasing: bytes[(place * rowStride)...]).copyMemory(from: $0)
        }
      }
    }
  }
}
