internal import Checkpoint
internal import Synchronization

/// F itself, streamed over the rows of S.
enum PrimalPass {
  /// Bytes of the rows that a worker holds at once, in double precision.
  static let rowBytes = 16 << 20

  /// SᵀS [P, P] over all rows, and the columns in which some row is not 0.
  static func square(
    _ source: any ColumnBlocks, _ plan: AuditPlan
  ) throws -> (product: Matrix, isLive: [Bool]) {
    let columns = source.columnCount
    let height = max(1, rowBytes / 8 / columns)
    let count = (source.rowCount + height - 1) / height
    let totals = Mutex((product: Matrix(columns, columns), isLive: [Bool](repeating: false, count: columns)))
    let bytes = source.rowCount * columns * source.elementType.byteCount
    try OrderedWork.run(count: count, workerCount: plan.workerCount) { index in
      let rows = Array((index * height)..<min(source.rowCount, (index + 1) * height))
      let block = try RowReader.matrix(rows, of: source)
      return (block.squareOfColumns(), block.nonzeroColumns())
    } commit: { index, block in
      totals.withLock {
        $0.product.add(block.0)
        for column in 0..<columns where block.1[column] { $0.isLive[column] = true }
      }
      plan.progress?(bytes * (index + 1) / count, bytes)
    }
    let result = totals.withLock { $0 }
    return (result.product, result.isLive)
  }
}

extension Matrix {
  func nonzeroColumns() -> [Bool] {
    var isNonzero = [Bool](repeating: false, count: columnCount)
    for row in 0..<rowCount {
      let base = row * columnCount
      for column in 0..<columnCount where elements[base + column] != 0 { isNonzero[column] = true }
    }
    return isNonzero
  }
}
