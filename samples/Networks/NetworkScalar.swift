internal import CLAPACK

#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

/// The numbers that a network computes in: `Float` for training, `Double` where a small difference of losses counts.
public protocol NetworkScalar: BinaryFloatingPoint, BitwiseCopyable, Sendable {
  /// C = A·B + βC, row-major, A [rows, inner] and B [inner, columns] after the transpositions asked for.
  static func multiply(
    _ a: UnsafePointer<Self>, transposed: Bool, _ b: UnsafePointer<Self>, transposed: Bool,
    into c: UnsafeMutablePointer<Self>, rows: Int, columns: Int, inner: Int, keeping: Self)
  /// e to the power of `value`.
  static func exponential(_ value: Self) -> Self
  /// The natural logarithm of `value`.
  static func logarithm(_ value: Self) -> Self
}

extension Float: NetworkScalar {
  /// BLAS sgemm.
  public static func multiply(
    _ a: UnsafePointer<Float>, transposed aTransposed: Bool, _ b: UnsafePointer<Float>, transposed bTransposed: Bool,
    into c: UnsafeMutablePointer<Float>, rows: Int, columns: Int, inner: Int, keeping: Float
  ) {
    blas_sgemm(
      CblasRowMajor, aTransposed ? CblasTrans : CblasNoTrans, bTransposed ? CblasTrans : CblasNoTrans, Int32(rows),
      Int32(columns), Int32(inner), 1, a, Int32(aTransposed ? rows : inner), b,
      Int32(bTransposed ? inner : columns), keeping, c, Int32(columns))
  }
  /// expf
  public static func exponential(_ value: Float) -> Float { exp(value) }
  /// logf
  public static func logarithm(_ value: Float) -> Float { log(value) }
}

extension Double: NetworkScalar {
  /// BLAS dgemm.
  public static func multiply(
    _ a: UnsafePointer<Double>, transposed aTransposed: Bool, _ b: UnsafePointer<Double>, transposed bTransposed: Bool,
    into c: UnsafeMutablePointer<Double>, rows: Int, columns: Int, inner: Int, keeping: Double
  ) {
    blas_dgemm(
      CblasRowMajor, aTransposed ? CblasTrans : CblasNoTrans, bTransposed ? CblasTrans : CblasNoTrans, Int32(rows),
      Int32(columns), Int32(inner), 1, a, Int32(aTransposed ? rows : inner), b,
      Int32(bTransposed ? inner : columns), keeping, c, Int32(columns))
  }
  /// exp
  public static func exponential(_ value: Double) -> Double { exp(value) }
  /// log
  public static func logarithm(_ value: Double) -> Double { log(value) }
}

/// Threads that BLAS uses within one product. Networks this small are fastest with one, and several can then be
/// trained side by side.
public func setBLASThreadCount(_ count: Int) { clapack_set_thread_count(Int32(count)) }
