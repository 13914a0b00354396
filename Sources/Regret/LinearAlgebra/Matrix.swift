internal import CLAPACK

/// A dense matrix of doubles, row-major.
struct Matrix: Hashable, Sendable {
  private(set) var rowCount: Int
  let columnCount: Int
  var elements: [Double]

  init(_ rowCount: Int, _ columnCount: Int) {
    self.rowCount = rowCount
    self.columnCount = columnCount
    self.elements = [Double](repeating: 0, count: rowCount * columnCount)
  }

  init(_ rowCount: Int, _ columnCount: Int, _ element: (Int, Int) -> Double) {
    self.init(rowCount, columnCount)
    for row in 0..<rowCount {
      for column in 0..<columnCount { elements[row * columnCount + column] = element(row, column) }
    }
  }

  private init(_ rowCount: Int, _ columnCount: Int, _ elements: ArraySlice<Double>) {
    self.rowCount = rowCount
    self.columnCount = columnCount
    self.elements = Array(elements)
  }

  static func identity(_ count: Int) -> Matrix { Matrix(count, count) { $0 == $1 ? 1 : 0 } }

  subscript(row: Int, column: Int) -> Double {
    get { elements[row * columnCount + column] }
    set { elements[row * columnCount + column] = newValue }
  }

  var diagonal: [Double] { (0..<min(rowCount, columnCount)).map { self[$0, $0] } }
  var trace: Double { diagonal.reduce(0, +) }
  var squaredFrobenius: Double { elements.reduce(0) { $0 + $1 * $1 } }

  var transposed: Matrix { Matrix(columnCount, rowCount) { self[$1, $0] } }

  func rows(_ range: Range<Int>) -> Matrix {
    Matrix(range.count, columnCount, elements[(range.lowerBound * columnCount)..<(range.upperBound * columnCount)])
  }

  func columns(_ range: Range<Int>) -> Matrix { submatrix(0..<rowCount, range) }

  /// The rows and columns told, in that order.
  func submatrix(_ rows: some Collection<Int>, _ columns: some Collection<Int>) -> Matrix {
    var result = Matrix(rows.count, columns.count)
    var index = 0
    for row in rows {
      let base = row * columnCount
      for column in columns {
        result.elements[index] = elements[base + column]
        index += 1
      }
    }
    return result
  }

  /// Every column times its own factor.
  func scalingColumns(by factors: [Double]) -> Matrix {
    var result = self
    for row in 0..<rowCount {
      let base = row * columnCount
      for column in 0..<columnCount { result.elements[base + column] *= factors[column] }
    }
    return result
  }

  /// Every row times its own factor.
  func scalingRows(by factors: [Double]) -> Matrix {
    var result = self
    for row in 0..<rowCount {
      for index in (row * columnCount)..<((row + 1) * columnCount) { result.elements[index] *= factors[row] }
    }
    return result
  }

  /// Multiplies every element in place.
  mutating func scale(by factor: Double) {
    for index in elements.indices { elements[index] *= factor }
  }

  /// Multiplies one row in place.
  mutating func scale(row: Int, by factor: Double) {
    for index in (row * columnCount)..<((row + 1) * columnCount) { elements[index] *= factor }
  }

  /// Puts `other` in place of the rows `range`.
  mutating func replace(rows range: Range<Int>, by other: Matrix) {
    precondition(range.count == other.rowCount && columnCount == other.columnCount, "extents differ")
    elements.replaceSubrange(
      (range.lowerBound * columnCount)..<(range.upperBound * columnCount), with: other.elements)
  }

  /// (1−ρ)·this + ρI
  func damped(_ weight: Double) -> Matrix {
    var result = self * (1 - weight)
    for index in 0..<rowCount { result[index, index] += weight }
    return result
  }

  /// Σ of squares of each column.
  func columnSquares() -> [Double] {
    var squares = [Double](repeating: 0, count: columnCount)
    for row in 0..<rowCount {
      let base = row * columnCount
      for column in 0..<columnCount { squares[column] += elements[base + column] * elements[base + column] }
    }
    return squares
  }

  /// Which rows have an element that is not 0.
  func nonzeroRows() -> [Bool] {
    (0..<rowCount).map { row in elements[(row * columnCount)..<((row + 1) * columnCount)].contains { $0 != 0 } }
  }

  /// Adds rows below.
  mutating func append(_ other: Matrix) {
    precondition(columnCount == other.columnCount, "extents differ")
    elements += other.elements
    rowCount += other.rowCount
  }

  init(stacking upper: Matrix, _ lower: Matrix) {
    precondition(upper.columnCount == lower.columnCount, "extents differ")
    rowCount = upper.rowCount + lower.rowCount
    columnCount = upper.columnCount
    elements = upper.elements + lower.elements
  }

  static func * (matrix: Matrix, factor: Double) -> Matrix {
    var result = matrix
    for index in result.elements.indices { result.elements[index] *= factor }
    return result
  }

  static func + (left: Matrix, right: Matrix) -> Matrix {
    var result = left
    for index in result.elements.indices { result.elements[index] += right.elements[index] }
    return result
  }

  static func - (left: Matrix, right: Matrix) -> Matrix {
    var result = left
    for index in result.elements.indices { result.elements[index] -= right.elements[index] }
    return result
  }

  static func * (left: Matrix, right: Matrix) -> Matrix { left.times(right) }

  /// A·Bᵀ
  func timesTransposed(_ other: Matrix) -> Matrix { times(other, transposeOther: true) }

  /// AᵀA [columns, columns]. (BLAS dsyrk)
  func squareOfColumns() -> Matrix {
    var result = Matrix(columnCount, columnCount)
    guard !elements.isEmpty else { return result }
    result.elements.withUnsafeMutableBufferPointer { target in
      elements.withUnsafeBufferPointer { source in
        blas_dsyrk(
          CblasRowMajor, CblasUpper, CblasTrans, Int32(columnCount), Int32(rowCount), 1, source.baseAddress,
          Int32(columnCount), 0, target.baseAddress, Int32(columnCount))
      }
    }
    result.copyUpperTriangle()
    return result
  }

  /// AᵀA or AAᵀ, whichever is smaller: their eigenvalues agree but for zeros.
  func smallerSquare() -> Matrix { rowCount < columnCount ? timesTransposed(self) : squareOfColumns() }

  private func times(_ other: Matrix, transposeOther: Bool = false) -> Matrix {
    let inner = transposeOther ? other.columnCount : other.rowCount
    precondition(columnCount == inner, "inner extents differ")
    var result = Matrix(rowCount, transposeOther ? other.rowCount : other.columnCount)
    guard !result.elements.isEmpty, inner > 0 else { return result }
    let width = result.columnCount
    result.elements.withUnsafeMutableBufferPointer { target in
      elements.withUnsafeBufferPointer { left in
        other.elements.withUnsafeBufferPointer { right in
          blas_dgemm(
            CblasRowMajor, CblasNoTrans, transposeOther ? CblasTrans : CblasNoTrans, Int32(rowCount), Int32(width),
            Int32(inner), 1, left.baseAddress, Int32(columnCount), right.baseAddress, Int32(other.columnCount), 0,
            target.baseAddress, Int32(width))
        }
      }
    }
    return result
  }
}
