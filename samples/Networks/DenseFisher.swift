internal import CLAPACK

/// The exact Fisher of a small softmax network as a dense matrix in double, and natural-gradient steps by its
/// eigenvectors: the slow way, to check others against.
///
/// F = mean over examples of Jᵀ(diag p − ppᵀ)J [P, P]; in coordinates where its diagonal D is 1 it is decomposed once.
/// Parameters with D = 0 move nothing and are left out.
public struct DenseFisher: Sendable {
  /// P
  public let count: Int
  private let fisher: [Double]
  /// √D, 0 where left out.
  private let scale: [Double]
  private let eigenvalues: [Double]
  /// Row k is the eigenvector of eigenvalue k.
  private let eigenvectors: [Double]

  /// The Fisher of `network` on the inputs of `examples`.
  public init(of network: Network<Double>, over examples: Examples) {
    let count = network.parameters.count
    let classCount = network.outputCount
    let pass = network.forward(examples.inputs(as: Double.self))
    let shares = CrossEntropy.softmax(pass.outputs, classCount: classCount)
    // S with one row √(p_c/n)·Jᵀ(e_c − p) an example and class: F = SᵀS.
    var rows: [Double] = []
    rows.reserveCapacity(examples.count * classCount * count)
    for example in 0..<examples.count {
      let p = Array(shares[(example * classCount)..<((example + 1) * classCount)])
      for label in 0..<classCount {
        let root = (p[label] / Double(examples.count)).squareRoot()
        rows += network.pullback(p.indices.map { root * (($0 == label ? 1 : 0) - p[$0]) }, through: pass[example])
      }
    }
    var fisher = [Double](repeating: 0, count: count * count)
    Double.multiply(
      rows, transposed: true, rows, transposed: false, into: &fisher, rows: count, columns: count,
      inner: rows.count / count, keeping: 0)
    let scale = (0..<count).map { fisher[$0 * count + $0].squareRoot() }
    var normalized = fisher
    for row in 0..<count {
      for column in 0..<count {
        let product = scale[row] * scale[column]
        normalized[row * count + column] = product == 0 ? 0 : normalized[row * count + column] / product
      }
    }
    self.count = count
    self.fisher = fisher
    self.scale = scale
    (eigenvalues, eigenvectors) = symmetricEigen(normalized, count: count)
  }

  /// A⁻¹g with A = (1 − ρ)F + ρD; without ρ, the pseudo-inverse of F that cuts eigenvalues below 1e-6 of the largest.
  public func naturalGradient(_ gradient: [Double], weight: Double? = nil) -> [Double] {
    let scaled = zip(gradient, scale).map { $1 == 0 ? 0 : $0 / $1 }
    var coordinates = [Double](repeating: 0, count: count)
    Double.multiply(
      eigenvectors, transposed: false, scaled, transposed: false, into: &coordinates, rows: count, columns: 1,
      inner: count, keeping: 0)
    for index in coordinates.indices {
      let value = eigenvalues[index]
      if let weight {
        coordinates[index] /= (1 - weight) * max(value, 0) + weight
      } else {
        coordinates[index] = value > 1e-6 * eigenvalues[count - 1] ? coordinates[index] / value : 0
      }
    }
    var result = [Double](repeating: 0, count: count)
    Double.multiply(
      eigenvectors, transposed: true, coordinates, transposed: false, into: &result, rows: count, columns: 1,
      inner: count, keeping: 0)
    return zip(result, scale).map { $1 == 0 ? 0 : $0 / $1 }
  }

  /// δᵀFδ
  public func square(_ displacement: [Double]) -> Double {
    var product = [Double](repeating: 0, count: count)
    Double.multiply(
      fisher, transposed: false, displacement, transposed: false, into: &product, rows: count, columns: 1,
      inner: count, keeping: 0)
    return zip(product, displacement).reduce(0) { $0 + $1.0 * $1.1 }
  }
}

extension Network {
  /// KL(p_θ‖p_θ+δ) + KL(p_θ+δ‖p_θ) of the softmax, averaged over `examples` [nats].
  public func symmetrisedKL(over examples: Examples, movedBy offset: [Scalar]) -> Double {
    let p = CrossEntropy.softmax(outputs(for: examples), classCount: outputCount)
    let q = CrossEntropy.softmax(moved(by: offset).outputs(for: examples), classCount: outputCount)
    return zip(p, q).reduce(0) { sum, pair in
      let ratio = Scalar.logarithm(pair.0) - Scalar.logarithm(pair.1)
      return sum + Double((pair.0 - pair.1) * ratio)
    } / Double(examples.count)
  }
}

/// Eigenvalues of a symmetric matrix, ascending, and its eigenvectors as rows. (LAPACK dsyevd)
private func symmetricEigen(_ matrix: [Double], count: Int) -> (values: [Double], vectors: [Double]) {
  var vectors = matrix
  var values = [Double](repeating: 0, count: count)
  var (job, half) = (CChar(UInt8(ascii: "V")), CChar(UInt8(ascii: "U")))
  var (order, leading, status) = (Int32(count), Int32(count), Int32(0))
  var (workCount, integerCount) = (Int32(-1), Int32(-1))
  var (work, integers) = ([0.0], [Int32(0)])
  // Asked with −1 it tells how much room it needs.
  for _ in 0..<2 {
    lapack_dsyevd(
      &job, &half, &order, &vectors, &leading, &values, &work, &workCount, &integers, &integerCount, &status)
    precondition(status == 0, "dsyevd did not converge")
    if workCount == -1 {
      (workCount, integerCount) = (Int32(work[0]), integers[0])
      work = [Double](repeating: 0, count: Int(workCount))
      integers = [Int32](repeating: 0, count: Int(integerCount))
    }
  }
  return (values, vectors)
}
