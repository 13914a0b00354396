internal import CLAPACK
internal import Checkpoint

/// A number that blocks of rows are multiplied in: products in this precision, totals always in double.
protocol WorkingScalar: StoredElement {
  /// Upper triangle of C += X·Xᵀ, X [rows, columns] row-major. (BLAS ssyrk, dsyrk; float32 on `tiles` where they are given)
  static func symmetricProduct(
    _ x: UnsafePointer<Self>, rows: Int, columns: Int, stride: Int, into c: UnsafeMutablePointer<Self>, pitch: Int,
    tiles: TileWorkspace?)

  /// C += X·Yᵀ, X [rows, columns] and Y [others, columns] row-major. (BLAS sgemm, dgemm)
  static func product(
    _ x: UnsafePointer<Self>, rows: Int, _ y: UnsafePointer<Self>, others: Int, columns: Int, stride: Int,
    into c: UnsafeMutablePointer<Self>, pitch: Int)

  /// C = X·Y, X [rows, inner] and Y [inner, columns] row-major. (BLAS sgemm, dgemm)
  static func product(
    _ x: UnsafePointer<Self>, rows: Int, inner: Int, _ y: UnsafePointer<Self>, columns: Int, stride: Int,
    into c: UnsafeMutablePointer<Self>, pitch: Int)
}

extension Float: WorkingScalar {
  static func symmetricProduct(
    _ x: UnsafePointer<Float>, rows: Int, columns: Int, stride: Int, into c: UnsafeMutablePointer<Float>, pitch: Int,
    tiles: TileWorkspace?
  ) {
    if let tiles {
      return tiles.symmetricProduct(x, rows: rows, columns: columns, stride: stride, into: c, pitch: pitch)
    }
    blas_ssyrk(
      CblasRowMajor, CblasUpper, CblasNoTrans, Int32(rows), Int32(columns), 1, x, Int32(stride), 1, c, Int32(pitch))
  }

  static func product(
    _ x: UnsafePointer<Float>, rows: Int, _ y: UnsafePointer<Float>, others: Int, columns: Int, stride: Int,
    into c: UnsafeMutablePointer<Float>, pitch: Int
  ) {
    blas_sgemm(
      CblasRowMajor, CblasNoTrans, CblasTrans, Int32(rows), Int32(others), Int32(columns), 1, x, Int32(stride), y,
      Int32(stride), 1, c, Int32(pitch))
  }

  static func product(
    _ x: UnsafePointer<Float>, rows: Int, inner: Int, _ y: UnsafePointer<Float>, columns: Int, stride: Int,
    into c: UnsafeMutablePointer<Float>, pitch: Int
  ) {
    blas_sgemm(
      CblasRowMajor, CblasNoTrans, CblasNoTrans, Int32(rows), Int32(columns), Int32(inner), 1, x, Int32(inner), y,
      Int32(stride), 0, c, Int32(pitch))
  }
}

extension Double: WorkingScalar {
  static func symmetricProduct(
    _ x: UnsafePointer<Double>, rows: Int, columns: Int, stride: Int, into c: UnsafeMutablePointer<Double>, pitch: Int,
    tiles: TileWorkspace?
  ) {
    blas_dsyrk(
      CblasRowMajor, CblasUpper, CblasNoTrans, Int32(rows), Int32(columns), 1, x, Int32(stride), 1, c, Int32(pitch))
  }

  static func product(
    _ x: UnsafePointer<Double>, rows: Int, _ y: UnsafePointer<Double>, others: Int, columns: Int, stride: Int,
    into c: UnsafeMutablePointer<Double>, pitch: Int
  ) {
    blas_dgemm(
      CblasRowMajor, CblasNoTrans, CblasTrans, Int32(rows), Int32(others), Int32(columns), 1, x, Int32(stride), y,
      Int32(stride), 1, c, Int32(pitch))
  }

  static func product(
    _ x: UnsafePointer<Double>, rows: Int, inner: Int, _ y: UnsafePointer<Double>, columns: Int, stride: Int,
    into c: UnsafeMutablePointer<Double>, pitch: Int
  ) {
    blas_dgemm(
      CblasRowMajor, CblasNoTrans, CblasNoTrans, Int32(rows), Int32(columns), Int32(inner), 1, x, Int32(inner), y,
      Int32(stride), 0, c, Int32(pitch))
  }
}

extension Double {
  /// C = XᵀY, or C += XᵀY, of X and Y [rows, columns] row-major. (BLAS dgemm)
  static func transposedProduct(
    _ x: UnsafePointer<Double>, _ y: UnsafePointer<Double>, rows: Int, columns: Int, adding: Bool,
    into c: UnsafeMutablePointer<Double>
  ) {
    blas_dgemm(
      CblasRowMajor, CblasTrans, CblasNoTrans, Int32(columns), Int32(columns), Int32(rows), 1, x, Int32(columns), y,
      Int32(columns), adding ? 1 : 0, c, Int32(columns))
  }
}
