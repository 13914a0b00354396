internal import CLAPACK

/// Rows of a matrix A [n, M] in an orthonormal basis of a space that holds them: A = coefficients · basis. Where A has
/// less than full rank, the basis goes on with other directions. (LAPACK dgeqrf, dorgqr)
struct OrthonormalRows: Sendable {
  /// [n, min(n, M)], zero above the diagonal.
  let coefficients: Matrix
  /// Orthonormal rows [min(n, M), M].
  let basis: Matrix

  init(_ matrix: Matrix) {
    let count = min(matrix.rowCount, matrix.columnCount)
    // Rows one after another are the columns of the transpose to LAPACK.
    var factored = matrix.elements
    var (height, width, rank) = (Int32(matrix.columnCount), Int32(matrix.rowCount), Int32(count))
    var leading = max(1, height)
    var reflectors = [Double](repeating: 0, count: max(1, count))
    Self.withWork { work, size, status in
      lapack_dgeqrf(&height, &width, &factored, &leading, &reflectors, work, size, status)
    }
    coefficients = Matrix(matrix.rowCount, count) { row, column in
      column <= row ? factored[row * matrix.columnCount + column] : 0
    }
    factored.removeLast(factored.count - count * matrix.columnCount)
    Self.withWork { work, size, status in
      lapack_dorgqr(&height, &rank, &rank, &factored, &leading, &reflectors, work, size, status)
    }
    var basis = Matrix(count, matrix.columnCount)
    basis.elements = factored
    self.basis = basis
  }

  /// Calls a routine of LAPACK twice: for the size of its workspace, and for its result.
  private static func withWork(
    _ routine: (UnsafeMutablePointer<Double>, UnsafePointer<Int32>, UnsafeMutablePointer<Int32>) -> Void
  ) {
    var size = 0.0
    var status: Int32 = 0
    var query: Int32 = -1
    routine(&size, &query, &status)
    var work = [Double](repeating: 0, count: max(1, Int(size)))
    var count = Int32(work.count)
    routine(&work, &count, &status)
    precondition(status == 0, "LAPACK: wrong argument")
  }
}
