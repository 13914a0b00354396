internal import CLAPACK

/// The factorisation of a symmetric positive definite matrix. (LAPACK dpotrf, dpotrs; BLAS dtrsm)
struct Cholesky: Sendable {
  private var factor: Matrix

  /// Nil where the matrix is not positive definite.
  init?(_ matrix: Matrix) {
    factor = matrix
    var order = Int32(matrix.rowCount)
    var leading = order
    var half = CChar(UInt8(ascii: "U"))
    var status: Int32 = 0
    guard order > 0 else { return }
    lapack_dpotrf(&half, &order, &factor.elements, &leading, &status)
    guard status == 0 else { return nil }
  }

  /// XA⁻¹ for the rows of `rows`.
  func solve(rows: Matrix) -> Matrix {
    var result = rows
    var order = Int32(factor.rowCount)
    var count = Int32(rows.rowCount)
    var leading = order
    var resultLeading = order
    var half = CChar(UInt8(ascii: "U"))
    var status: Int32 = 0
    guard order > 0, count > 0 else { return result }
    factor.elements.withUnsafeBufferPointer { factor in
      lapack_dpotrs(
        &half, &order, &count, factor.baseAddress, &leading, &result.elements, &resultLeading, &status)
    }
    precondition(status == 0, "dpotrs: wrong argument")
    return result
  }

  /// XC⁻ᵀ with A = CCᵀ, times `scale`: rows whose inner products are XA⁻¹Xᵀ.
  func halfSolve(rows: Matrix, scale: Double = 1) -> Matrix {
    var halves = rows
    guard rows.rowCount > 0, factor.rowCount > 0 else { return halves }
    let order = Int32(factor.rowCount)
    factor.elements.withUnsafeBufferPointer { factor in
      halves.elements.withUnsafeMutableBufferPointer {
        blas_dtrsm(
          CblasColMajor, CblasLeft, CblasUpper, CblasTrans, CblasNonUnit, order, Int32(rows.rowCount), scale,
          factor.baseAddress, order, $0.baseAddress, order)
      }
    }
    return halves
  }

  /// C⁻¹
  var halfInverse: Matrix { halfSolve(rows: .identity(factor.rowCount)).transposed }

  /// tr(XA⁻¹Xᵀ), in half the time of ``solve(rows:)``.
  func trace(rows: Matrix) -> Double {
    factor.rowCount > 0 ? halfSolve(rows: rows).squaredFrobenius : 0
  }

  /// tr A⁻¹
  var inverseTrace: Double { trace(rows: .identity(factor.rowCount)) }

  /// tr F(F + λI)⁻¹ at λ = `shift` of the symmetric `matrix` F.
  static func effectiveDimension(_ matrix: Matrix, shift: Double) -> Double {
    var shifted = matrix
    for row in 0..<matrix.rowCount { shifted[row, row] += shift }
    return Double(matrix.rowCount) - shift * (Cholesky(shifted)?.inverseTrace ?? 0)
  }

  /// XA⁻¹Xᵀ
  func innerProducts(_ rows: Matrix) -> Matrix { solve(rows: rows).timesTransposed(rows) }
}
