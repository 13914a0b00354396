/// F = b·Cov(g) + ḡḡᵀ, Cov with 1/(N−1): an estimate of the empirical Fisher from minibatch gradients alone.
enum MinibatchFisher {
  /// C with F = (1/N)(CG)ᵀ(CG): C = √N(√(b/(N−1))(I − J) + J/√N), J = 11ᵀ/N.
  static func root(_ count: Int, _ batchSize: Double) -> Matrix {
    let size = Double(count)
    return centring(count, size.squareRoot() * (batchSize / (size - 1)).squareRoot(), 1)
  }

  /// C⁻¹
  static func inverseRoot(_ count: Int, _ batchSize: Double) -> Matrix {
    let size = Double(count)
    return centring(count, ((size - 1) / batchSize).squareRoot() / size.squareRoot(), 1)
  }

  /// spread·(I − J) + mean·J
  private static func centring(_ count: Int, _ spread: Double, _ mean: Double) -> Matrix {
    Matrix(count, count) { ($0 == $1 ? spread : 0) + (mean - spread) / Double(count) }
  }
}
