/// y = Wx + b, W [outputs, inputs].
public struct Dense: Hashable, Sendable {
  /// Length of x.
  public let inputCount: Int
  /// Length of y.
  public let outputCount: Int

  /// `inputCount` numbers in, `outputCount` out.
  public init(inputCount: Int, outputCount: Int) {
    self.inputCount = inputCount
    self.outputCount = outputCount
  }

  func forward<Scalar: NetworkScalar>(_ x: [Scalar], count: Int, parameters: UnsafePointer<Scalar>) -> [Scalar] {
    let bias = parameters + outputCount * inputCount
    return [Scalar](unsafeUninitializedCapacity: count * outputCount) { y, initialized in
      for row in 0..<count { (y.baseAddress! + row * outputCount).initialize(from: bias, count: outputCount) }
      Scalar.multiply(
        x, transposed: false, parameters, transposed: true, into: y.baseAddress!, rows: count, columns: outputCount,
        inner: inputCount, keeping: 1)
      initialized = count * outputCount
    }
  }

  func backward<Scalar: NetworkScalar>(
    _ dy: [Scalar], x: [Scalar], count: Int, parameters: UnsafePointer<Scalar>, gradient: UnsafeMutablePointer<Scalar>
  ) -> [Scalar] {
    Scalar.multiply(
      dy, transposed: true, x, transposed: false, into: gradient, rows: outputCount, columns: inputCount,
      inner: count, keeping: 1)
    let bias = gradient + outputCount * inputCount
    for row in 0..<count {
      for output in 0..<outputCount { bias[output] += dy[row * outputCount + output] }
    }
    return [Scalar](unsafeUninitializedCapacity: count * inputCount) { dx, initialized in
      Scalar.multiply(
        dy, transposed: false, parameters, transposed: false, into: dx.baseAddress!, rows: count, columns: inputCount,
        inner: outputCount, keeping: 0)
      initialized = count * inputCount
    }
  }
}
