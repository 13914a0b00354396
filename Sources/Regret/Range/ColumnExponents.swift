internal import Checkpoint

/// The magnitude of every column of the rows that the Fisher is made of, for numbers whose squares leave double precision.
struct ColumnExponents: Sendable {
  /// ⌊log₂⌋ of the largest magnitude of each column; 0 for columns of zeros.
  let exponents: [Int16]
  /// Columns in which some row is not 0.
  let isLive: [Bool]

  /// Reads all of `source`, a part of a row at a time.
  init(_ source: any ColumnBlocks) throws(CheckpointError) {
    var largest = [Double](repeating: 0, count: source.columnCount)
    try RowScan.forEachPart(of: source) { _, first, values in
      for (index, value) in values.enumerated() { largest[first + index] = max(largest[first + index], abs(value)) }
      return true
    }
    exponents = largest.map { $0 > 0 && $0.isFinite ? Int16($0.exponent) : 0 }
    isLive = largest.map { $0 > 0 }
  }

  /// Rows of `source` with an element that is not 0 in a live column.
  func liveRows(of source: any ColumnBlocks) throws(CheckpointError) -> [Bool] {
    var rows = [Bool](repeating: false, count: source.rowCount)
    try RowScan.forEachPart(of: source) { row, first, values in
      for (index, value) in values.enumerated() where value != 0 && isLive[first + index] {
        rows[row] = true
        break
      }
      return true
    }
    return rows
  }
}

/// Rows with every column divided by a power of two: exact, and what diagonal damping does not see.
struct BalancedColumns: ColumnBlocks {
  let source: any ColumnBlocks
  let exponents: [Int16]

  var rowCount: Int { source.rowCount }
  var columnCount: Int { source.columnCount }
  var elementType: ElementType { .float64 }
  var name: String { source.name }
  var file: String { source.file }
  func storedRow(_ row: Int) -> Int { source.storedRow(row) }

  func copy(
    rows: Range<Int>, columns: Range<Int>, to destination: inout MutableRawSpan, rowStride: Int
  ) throws(CheckpointError) {
    let wide = columns.count * 8
    let (source, exponents) = (source, exponents)
    try destination.withUnsafeMutableBytes { (bytes) throws(CheckpointError) in
      for (index, row) in rows.enumerated() {
        let place = UnsafeMutableRawBufferPointer(rebasing: bytes[(index * rowStride)..<(index * rowStride + wide)])
        try RowReader.read(rows: row..<(row + 1), columns, of: source, into: place)
        for column in columns {
          let offset = (column - columns.lowerBound) * 8
          let value = place.loadUnaligned(fromByteOffset: offset, as: Double.self)
          // In one rounding even where 2^−e itself is no number.
          let scaled = Double(sign: .plus, exponent: -Int(exponents[column]), significand: value)
          place.storeBytes(of: scaled, toByteOffset: offset, as: Double.self)
        }
      }
    }
  }
}
