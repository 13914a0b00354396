/// Inner products of factor rows, from their Gram matrix or from the rows themselves: whichever there is.
enum FactorSpace: Sendable {
  /// S·Sᵀ [M, M].
  case gram(Matrix)
  /// S [M, P], P small.
  case rows(Matrix)

  var factorCount: Int {
    switch self {
    case .gram(let matrix), .rows(let matrix): matrix.rowCount
    }
  }

  /// Eigenvalues of S_kS_kᵀ over the rows told, zeros left out where P is smaller than their number.
  func eigenvalues(of rows: [Int]) -> [Double] {
    SymmetricEigen(product(of: rows), withVectors: false).values.map { max(0, $0) }
  }

  private func product(of rows: [Int]) -> Matrix {
    switch self {
    case .gram(let matrix): return rows.count == matrix.rowCount ? matrix : matrix.submatrix(rows, rows)
    case .rows(let matrix):
      let part = matrix.submatrix(rows, 0..<matrix.columnCount)
      if rows.count <= matrix.columnCount { return part.timesTransposed(part) }
      let transposed = part.transposed
      return transposed.timesTransposed(transposed)
    }
  }
}
