internal import Checkpoint

/// A slow look at every number, for when the pass met one that it could not use.
enum RowScan {
  /// Hands over all of `source` in double precision, a part of a row at a time with its first column, until told to stop.
  static func forEachPart(
    of source: any ColumnBlocks,
    _ body: (_ row: Int, _ first: Int, _ values: UnsafeMutableBufferPointer<Double>) -> Bool
  ) throws(CheckpointError) {
    let width = min(source.columnCount, 1 << 16)
    let buffer = UnsafeMutableRawBufferPointer.allocate(
      byteCount: width * MemoryLayout<Double>.stride, alignment: MemoryLayout<Double>.alignment)
    defer { buffer.deallocate() }
    for row in 0..<source.rowCount {
      var column = 0
      while column < source.columnCount {
        let columns = column..<min(source.columnCount, column + width)
        let block = UnsafeMutableRawBufferPointer(rebasing: buffer[..<(columns.count * MemoryLayout<Double>.stride)])
        try RowReader.read(rows: row..<(row + 1), columns, of: source, into: block)
        guard body(row, column, block.bindMemory(to: Double.self)) else { return }
        column = columns.upperBound
      }
    }
  }

  /// The first row of `source` with an element that is not finite.
  static func firstNonFiniteRow(_ source: any ColumnBlocks) throws(CheckpointError) -> Int? {
    var found: Int?
    try forEachPart(of: source) { row, _, values in
      if values.contains(where: { !$0.isFinite }) { found = row }
      return found == nil
    }
    return found
  }

  /// What to say of rows whose sums cannot be used: the first row whose square is beyond double precision.
  static func rangeError(_ input: AuditInput, _ plan: AuditPlan) throws(CheckpointError) -> CheckpointError {
    for source in [input.gradients] + (plan.factors.map { [$0.rows] } ?? []) {
      var squares = [Double](repeating: 0, count: source.rowCount)
      var isNonzero = [Bool](repeating: false, count: source.rowCount)
      try forEachPart(of: source) { row, _, values in
        for value in values where value != 0 {
          squares[row] += value * value
          isNonzero[row] = true
        }
        return true
      }
      if let row = squares.indices.first(where: { isNonzero[$0] && !Sample.isInRange(squares[$0]) }) {
        return .beyondRange(source, row: row)
      }
    }
    return .beyondRange(input.gradients, row: nil)
  }

  /// Throws the first row that holds a value that is not finite in `columns`, or in any where none are told.
  static func requireFinite(
    _ sources: [any ColumnBlocks], within columns: Range<Int>? = nil
  ) throws(CheckpointError) {
    for source in columns.map({ columns in sources.map { SelectedColumns([columns], of: $0) } }) ?? sources {
      if let row = try firstNonFiniteRow(source) {
        throw CheckpointError(file: source.file, cause: .nonFinite(object: source.name, row: source.storedRow(row)))
      }
    }
  }
}

extension CheckpointError {
  /// Numbers whose squares are beyond double precision, in `row` of `source` where one is to blame.
  static func beyondRange(_ source: any ColumnBlocks, row: Int?) -> CheckpointError {
    let place =
      row.map { "row \(source.storedRow($0)): the squares of its numbers" }
      ?? "some squares of these numbers or of the factors"
    return CheckpointError(
      file: source.file,
      cause: .invalid(
        object: source.name, reason: "\(place) are too large or too small for double precision: scale the loss"))
  }
}
