/// How a number made of Q = (Q_ij) moves with it: ∂s/∂Q = diag(d) + xyᵀ + yxᵀ, which all statistics of pairs have.
struct Sensitivity: Sendable {
  private let diagonal: [Double]
  private let first: [Double]
  private let second: [Double]

  /// diag(`diagonal`) + xyᵀ + yxᵀ with the diagonal of the last two left out.
  init(diagonal: [Double], off first: [Double], _ second: [Double]) {
    self.diagonal = diagonal.indices.map { diagonal[$0] - 2 * first[$0] * second[$0] }
    self.first = first
    self.second = second
  }

  /// tr (∂s/∂Q·C)²
  func squaredTrace(_ products: Matrix) -> Double {
    let count = products.rowCount
    func row(_ vector: [Double]) -> [Double] { (Matrix(1, count) { vector[$1] } * products).elements }
    let (one, other) = (row(second), row(first))
    // Row i of the product is d_iC_i + x_i(yᵀC) + y_i(xᵀC).
    let product = Matrix(count, count) {
      diagonal[$0] * products[$0, $1] + first[$0] * one[$1] + second[$0] * other[$1]
    }
    var sum = 0.0
    for row in 0..<count {
      for column in 0..<count { sum += product[row, column] * product[column, row] }
    }
    return sum
  }
}

extension PairStatistics {
  /// The estimates that get an error of their own from sketching.
  static var sketchedEstimates: [WritableKeyPath<PairStatistics, Estimate>] {
    [\.regret, \.cosine, \.norm, \.meanGradientSquare, \.coherence]
  }

  /// How each of those moves with Q, whose statistics these are.
  static func sensitivities(_ matrix: Matrix) -> [Sensitivity] {
    let products = InnerProducts(matrix: matrix)
    let (norms, cosines) = (products.norms, products.cosines)
    let count = Double(matrix.rowCount)
    let pairs = 1 / (count * (count - 1))
    let indices = norms.indices
    let (ones, inverses) = (norms.map { _ in 1.0 }, norms.map { 1 / $0 })
    // Σ_{j≠i} cos_ij, and Σ_{j≠i} Q_ij/q_i.
    let cosineSums = indices.map { row in indices.reduce(-1) { $0 + cosines[row, $1] } }
    let productSums = indices.map { row in
      (indices.reduce(0) { $0 + matrix[row, $1] } - matrix[row, row]) / norms[row]
    }
    let square = matrix.trace / count
    let mean = (0..<matrix.rowCount).reduce(0) { $0 + productSums[$1] * norms[$1] } * pairs
    return [
      Sensitivity(
        diagonal: indices.map { ((count - 1) + productSums[$0] / norms[$0]) / (2 * norms[$0]) * pairs },
        off: inverses.map { -$0 / 2 * pairs }, ones),
      Sensitivity(
        diagonal: indices.map { -cosineSums[$0] / (norms[$0] * norms[$0]) * pairs },
        off: inverses.map { $0 / 2 * pairs },
        inverses),
      Sensitivity(diagonal: inverses.map { $0 / (2 * count) }, off: ones.map { _ in 0 }, ones),
      Sensitivity(diagonal: ones.map { _ in 0 }, off: ones.map { _ in pairs / 2 }, ones),
      Sensitivity(
        diagonal: ones.map { _ in -mean / (square * square * count) }, off: ones.map { _ in pairs / (2 * square) }, ones
      ),
    ]
  }

  /// Adds the standard errors √`variances` from sketching.
  mutating func addSketchErrors(variances: [Double]) {
    for (estimate, variance) in zip(Self.sketchedEstimates, variances) where variance >= 0 && variance.isFinite {
      self[keyPath: estimate].sketch = SketchError(
        value: self[keyPath: estimate].value, standardError: variance.squareRoot())
    }
  }
}

extension SketchError {
  /// ± 1.96 standard errors: sums over thousands of columns are normal.
  init(value: Double, standardError: Double) {
    let half = 1.959964 * standardError
    self.init(standardError: standardError, interval: .init(low: value - half, high: value + half))
  }
}

extension Estimate {
  /// Takes the error from sketching to be as large beside the number as that of `other` is beside it.
  mutating func takeSketchError(from other: Estimate) {
    guard let error = other.sketch?.standardError, other.value != 0 else { return }
    sketch = SketchError(value: value, standardError: abs(value / other.value) * error)
  }
}
