internal import CLAPACK

/// Eigenvalues of a symmetric matrix, ascending, and its eigenvectors. (LAPACK dsyevd)
struct SymmetricEigen: Sendable {
  /// Ascending.
  let values: [Double]
  /// Row k is the eigenvector of value k; empty where only values were asked for.
  let vectors: Matrix

  init(_ matrix: Matrix, withVectors: Bool = true) {
    precondition(matrix.rowCount == matrix.columnCount, "not square")
    var order = Int32(matrix.rowCount)
    var vectors = matrix
    var values = [Double](repeating: 0, count: matrix.rowCount)
    // Of numbers that are none nothing can be told; LAPACK may not even end on them.
    let isFinite = matrix.elements.allSatisfy(\.isFinite)
    guard order > 0, isFinite else {
      self.values = isFinite ? values : values.map { _ in .nan }
      self.vectors = withVectors ? vectors * (isFinite ? 1 : .nan) : Matrix(0, 0)
      return
    }
    var job = CChar(UInt8(ascii: withVectors ? "V" : "N"))
    var half = CChar(UInt8(ascii: "U"))
    var status: Int32 = 0
    var workCount: Int32 = -1
    var integerCount: Int32 = -1
    var workSize = 0.0
    var integerSize: Int32 = 0
    var leading = order
    lapack_dsyevd(
      &job, &half, &order, &vectors.elements, &leading, &values, &workSize, &workCount, &integerSize, &integerCount,
      &status)
    workCount = Int32(workSize)
    integerCount = integerSize
    var work = [Double](repeating: 0, count: Int(workCount))
    var integers = [Int32](repeating: 0, count: Int(integerCount))
    lapack_dsyevd(
      &job, &half, &order, &vectors.elements, &leading, &values, &work, &workCount, &integers, &integerCount, &status)
    precondition(status == 0, "dsyevd did not converge")
    self.values = values
    self.vectors = withVectors ? vectors : Matrix(0, 0)
  }
}
