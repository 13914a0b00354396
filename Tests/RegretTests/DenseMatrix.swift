/// Dense algebra in plain loops, for references: nothing of it is shared with the library.
struct DenseMatrix: Hashable {
  let rows: Int
  let columns: Int
  var values: [Double]

  init(_ rows: Int, _ columns: Int) {
    self.rows = rows
    self.columns = columns
    values = [Double](repeating: 0, count: rows * columns)
  }

  init(_ rows: [[Double]], columns: Int) {
    self.rows = rows.count
    self.columns = columns
    values = rows.flatMap { $0 }
    precondition(values.count == rows.count * columns, "rows differ in length")
  }

  static func identity(_ count: Int) -> DenseMatrix {
    var result = DenseMatrix(count, count)
    for index in 0..<count { result[index, index] = 1 }
    return result
  }

  subscript(row: Int, column: Int) -> Double {
    get { values[row * columns + column] }
    set { values[row * columns + column] = newValue }
  }

  func row(_ index: Int) -> [Double] { Array(values[(index * columns)..<((index + 1) * columns)]) }

  var diagonal: [Double] { (0..<min(rows, columns)).map { self[$0, $0] } }
  var trace: Double { diagonal.reduce(0, +) }
  var squaredNorm: Double { values.reduce(0) { $0 + $1 * $1 } }

  func keeping(rows kept: [Int], columns others: [Int]) -> DenseMatrix {
    var result = DenseMatrix(kept.count, others.count)
    for (i, row) in kept.enumerated() {
      for (j, column) in others.enumerated() { result[i, j] = self[row, column] }
    }
    return result
  }

  func keeping(rows kept: [Int]) -> DenseMatrix { keeping(rows: kept, columns: Array(0..<columns)) }
  func keeping(columns kept: [Int]) -> DenseMatrix { keeping(rows: Array(0..<rows), columns: kept) }

  var transposed: DenseMatrix {
    var result = DenseMatrix(columns, rows)
    for row in 0..<rows {
      for column in 0..<columns { result[column, row] = self[row, column] }
    }
    return result
  }

  static func * (left: DenseMatrix, right: DenseMatrix) -> DenseMatrix {
    precondition(left.columns == right.rows, "inner extents differ")
    var result = DenseMatrix(left.rows, right.columns)
    for i in 0..<left.rows {
      for k in 0..<left.columns {
        let factor = left.values[i * left.columns + k]
        if factor == 0 { continue }
        for j in 0..<right.columns {
          result.values[i * right.columns + j] += factor * right.values[k * right.columns + j]
        }
      }
    }
    return result
  }

  static func * (matrix: DenseMatrix, factor: Double) -> DenseMatrix {
    var result = matrix
    for index in result.values.indices { result.values[index] *= factor }
    return result
  }

  static func + (left: DenseMatrix, right: DenseMatrix) -> DenseMatrix {
    var result = left
    for index in result.values.indices { result.values[index] += right.values[index] }
    return result
  }

  static func - (left: DenseMatrix, right: DenseMatrix) -> DenseMatrix { left + right * -1 }

  /// The inverse, by Gauss and Jordan with the largest pivot of each column.
  var inverse: DenseMatrix {
    var left = self
    var right = DenseMatrix.identity(rows)
    for pivot in 0..<rows {
      let best = (pivot..<rows).max { abs(left[$0, pivot]) < abs(left[$1, pivot]) }!
      precondition(left[best, pivot] != 0, "singular")
      for column in 0..<rows {
        (left[pivot, column], left[best, column]) = (left[best, column], left[pivot, column])
        (right[pivot, column], right[best, column]) = (right[best, column], right[pivot, column])
      }
      let scale = 1 / left[pivot, pivot]
      for column in 0..<rows {
        left[pivot, column] *= scale
        right[pivot, column] *= scale
      }
      for row in 0..<rows where row != pivot {
        let factor = left[row, pivot]
        if factor == 0 { continue }
        for column in 0..<rows {
          left[row, column] -= factor * left[pivot, column]
          right[row, column] -= factor * right[pivot, column]
        }
      }
    }
    return right
  }

  /// Eigenvalues, ascending, with eigenvectors as rows, of a symmetric matrix by Jacobi's cyclic rotations.
  var eigen: (values: [Double], vectors: DenseMatrix) {
    var matrix = self
    var vectors = DenseMatrix.identity(rows)
    for _ in 0..<60 {
      var rest = 0.0
      for p in 0..<rows {
        for q in 0..<p { rest += matrix[p, q] * matrix[p, q] }
      }
      if rest <= 1e-36 * squaredNorm { break }
      for p in 0..<rows {
        for q in (p + 1)..<max(rows, p + 1) where matrix[p, q] != 0 { matrix.rotate(p, q, &vectors) }
      }
    }
    let order = (0..<rows).sorted { matrix[$0, $0] < matrix[$1, $1] }
    return (order.map { matrix[$0, $0] }, vectors.keeping(rows: order))
  }

  private mutating func rotate(_ p: Int, _ q: Int, _ vectors: inout DenseMatrix) {
    let theta = (self[q, q] - self[p, p]) / (2 * self[p, q])
    let tangent = (theta < 0 ? -1 : 1) / (abs(theta) + (theta * theta + 1).squareRoot())
    let cosine = 1 / (tangent * tangent + 1).squareRoot()
    let sine = tangent * cosine
    for k in 0..<rows {
      let (a, b) = (self[k, p], self[k, q])
      self[k, p] = cosine * a - sine * b
      self[k, q] = sine * a + cosine * b
    }
    for k in 0..<rows {
      let (a, b) = (self[p, k], self[q, k])
      self[p, k] = cosine * a - sine * b
      self[q, k] = sine * a + cosine * b
      let (u, v) = (vectors[p, k], vectors[q, k])
      vectors[p, k] = cosine * u - sine * v
      vectors[q, k] = sine * u + cosine * v
    }
  }
}
