internal import Synchronization

/// Gradients in the eigenbasis of F̃ = (1/M) S̃ᵀS̃, the Fisher in the metric's coordinates: all that any damping and
/// any held-out pair needs.
///
/// S̃ = U √w Vᵀ with w the eigenvalues of S̃S̃ᵀ (so w/M those of F̃), and g̃_i = Σ_k c_ik v_k + a part outside the span.
/// For `diagonal` and `none` the coordinates are those where diag F = 1, for `identity` those where its mean is 1.
struct RangeCoordinates: Sendable {
  /// M
  let factorCount: Int
  /// w, ascending [r].
  private(set) var values: [Double]
  /// c [N, r].
  let coordinates: Matrix
  /// g̃_iᵀg̃_j [N, N].
  let gram: Matrix
  /// The same of the parts outside the span; nil where there is nothing outside.
  let residual: Matrix?
  /// U [M, r]; empty for `minibatch`, which needs no factors of its own.
  private(set) var factorVectors: Matrix
  /// Row k is v_k in the metric's coordinates; empty unless made of F̃ itself.
  let basis: Matrix
  /// Whether r = M, so that U is orthogonal and not just its columns.
  let isComplete: Bool

  /// From G̃G̃ᵀ, G̃S̃ᵀ and S̃S̃ᵀ.
  init(gram: Matrix, cross: Matrix, factors: Matrix) {
    let eigen = SymmetricEigen(factors)
    let values = eigen.values.map { max(0, $0) }
    let floor = Self.roundingFloor(values)
    let projections = cross.timesTransposed(eigen.vectors)
    self.factorCount = factors.rowCount
    self.values = values
    self.coordinates = projections.scalingColumns(by: values.map { $0 > floor ? 1 / $0.squareRoot() : 0 })
    self.gram = gram
    self.residual = gram - coordinates.timesTransposed(coordinates)
    self.factorVectors = eigen.vectors.transposed
    self.basis = Matrix(0, 0)
    self.isComplete = true
  }

  /// From the same.
  init(_ split: GramSplit) {
    self.init(gram: split.gradients, cross: split.cross, factors: split.factors)
  }

  /// From F̃ [P, P] and G̃ [N, P] themselves, P small. Factor rows are not at hand: ``with(factorCount:workerCount:read:)`` adds theirs.
  init(fisher: Matrix, gradients: Matrix, factorCount: Int) {
    let eigen = SymmetricEigen(fisher)
    self.factorCount = factorCount
    self.values = eigen.values.map { max(0, $0) * Double(factorCount) }
    self.coordinates = gradients.timesTransposed(eigen.vectors)
    self.gram = gradients.timesTransposed(gradients)
    self.residual = nil
    self.basis = eigen.vectors
    self.factorVectors = Matrix(0, 0)
    self.isComplete = false
  }

  /// From S̃ [M, r] and G̃ [N, r] in r coordinates that hold all of S̃; `gram` and `residual` are as below.
  init(rows: Matrix, gradients: Matrix, gram: Matrix, residual: Matrix?) {
    let eigen = SymmetricEigen(rows.squareOfColumns())
    factorCount = rows.rowCount
    values = eigen.values.map { max(0, $0) }
    coordinates = gradients.timesTransposed(eigen.vectors)
    self.gram = gram
    self.residual = residual
    basis = eigen.vectors
    let floor = Self.roundingFloor(values)
    factorVectors = rows.timesTransposed(eigen.vectors)
      .scalingColumns(by: values.map { $0 > floor ? 1 / $0.squareRoot() : 0 })
    isComplete = false
  }

  /// The same with F̃ times `factor`.
  func scalingFisher(by factor: Double) -> RangeCoordinates {
    var space = self
    space.values = values.map { $0 * factor }
    return space
  }

  /// With U = S̃V/√w of the factor rows S̃ [M, P], P small, which `read` gives a piece of rows at a time.
  func with(factorCount: Int, workerCount: Int, read: @Sendable (Range<Int>) throws -> Matrix) throws
    -> RangeCoordinates
  {
    var space = self
    let floor = Self.roundingFloor(values)
    let scale = values.map { $0 > floor ? 1 / $0.squareRoot() : 0 }
    let pieces = (0..<factorCount).pieces(of: 256)
    let vectors = Mutex(Matrix(0, values.count))
    try OrderedWork.run(count: pieces.count, workerCount: workerCount) { index in
      try read(pieces[index]).timesTransposed(basis).scalingColumns(by: scale)
    } commit: { _, rows in
      vectors.withLock { $0.append(rows) }
    }
    space.factorVectors = vectors.withLock { $0 }
    return space
  }

  /// From G̃G̃ᵀ alone, for F = b·Cov(g) + ḡḡᵀ: factor rows S = C·G with C = √N(√(b/(N−1))(I − J) + J/√N), J = 11ᵀ/N.
  init(gram: Matrix, batchSize: Double) {
    let root = MinibatchFisher.root(gram.rowCount, batchSize)
    let inverse = MinibatchFisher.inverseRoot(gram.rowCount, batchSize)
    let eigen = SymmetricEigen(root * gram * root)
    let values = eigen.values.map { max(0, $0) }
    self.factorCount = gram.rowCount
    self.values = values
    self.coordinates = inverse.timesTransposed(eigen.vectors).scalingColumns(by: values.map { $0.squareRoot() })
    self.gram = gram
    self.residual = nil
    self.basis = Matrix(0, 0)
    self.factorVectors = Matrix(0, 0)
    self.isComplete = false
  }

  /// The same of the gradients `rows` alone, `gram` holding the products of all.
  init(minibatches gram: Matrix, rows: Range<Int>, batchSize: Double) {
    if rows.count == gram.rowCount {
      self.init(gram: gram, batchSize: batchSize)
    } else {
      self.init(GramSplit(minibatches: gram, rows: rows, batchSize: batchSize))
    }
  }

  /// Eigenvalues of F̃, ascending.
  var eigenvalues: [Double] { values.map { $0 / Double(factorCount) } }

  /// Eigenvalues below this are rounding: their directions count as outside the span.
  private static func roundingFloor(_ values: [Double]) -> Double {
    (values.last ?? 0) * Double(max(1, values.count)) * 1e-15
  }

  /// Eigenvalues of F̃ below this share of the largest are cut by `none`.
  static let relativeCut = 1e-6

  /// Q_ij = g̃_iᵀ((1−ρ)F̃ + ρI)⁻¹g̃_j
  func innerProducts(weight: Double) -> Matrix {
    let scale = (1 - weight) / Double(factorCount)
    let damped = coordinates.scalingColumns(by: values.map { 1 / (scale * $0 + weight) })
    let inside = damped.timesTransposed(coordinates)
    guard let residual else { return inside }
    return inside + residual * (1 / weight)
  }

  /// Q_ij = g̃_iᵀF̃⁺g̃_j, the pseudo-inverse on the range.
  func innerProductsUndamped() -> Matrix {
    let cut = rangeCut
    let inverse = values.map { $0 > cut ? Double(factorCount) / $0 : 0 }
    return coordinates.scalingColumns(by: inverse).timesTransposed(coordinates)
  }

  /// Σ_i‖(g̃_i)⊥‖² / Σ_i‖g̃_i‖² over the gradients `rows`, ⊥ the part outside the range of F̃.
  func outsideRange(_ rows: Range<Int>) -> Double {
    let total = rows.reduce(0) { $0 + gram[$1, $1] }
    guard total > 0 else { return 0 }
    let cut = rangeCut
    var inside = 0.0
    for (index, value) in values.enumerated() where value > cut {
      for row in rows { inside += coordinates[row, index] * coordinates[row, index] }
    }
    return max(0, 1 - inside / total)
  }

  /// tr F̃(F̃ + λI)⁻¹
  func effectiveDimension(shift: Double) -> Double { eigenvalues.reduce(0) { $0 + $1 / ($1 + shift) } }

  /// s_bᵀ(SSᵀ + μI)⁻¹s_b of `columns` [M, n] of S.
  func leverages(_ columns: Matrix, weight: Double) -> [Double] {
    let shift = GramSplit.shift(weight: weight, factorCount: factorCount)
    return (factorVectors.transposed * columns)
      .scalingRows(by: values.map { 1 / ($0 + shift).squareRoot() }).columnSquares()
  }

  /// α [N, M] with g̃_i − Σ_m α_im s̃_m = ρA⁻¹g̃_i, s̃ the factor rows.
  func combination(weight: Double) -> Matrix {
    let shift = GramSplit.shift(weight: weight, factorCount: factorCount)
    return coordinates.scalingColumns(by: values.map { $0.squareRoot() / ($0 + shift) })
      .timesTransposed(factorVectors)
  }

  private var rangeCut: Double { Self.relativeCut * (values.last ?? 0) }

  /// The same where F is made of the gradients themselves: S = C·G, so that α counts as αC in rows of G.
  func amplification(weight: Double, innerProducts: Matrix, batchSize: Double) -> Double {
    let root = MinibatchFisher.root(factorCount, batchSize)
    var shifted = root * gram * root
    for row in 0..<factorCount { shifted[row, row] += GramSplit.shift(weight: weight, factorCount: factorCount) }
    guard weight < 1 else { return 1 }
    guard let factor = Cholesky(shifted) else { return .infinity }
    return Amplification.worst(
      gram: gram, combination: factor.solve(rows: gram * root) * root, factorSquares: gram.diagonal, weight: weight,
      innerProducts: innerProducts)
  }

  /// How much relative rounding of Gram matrix elements is amplified in Q_ii.
  func amplification(weight: Double, innerProducts: Matrix) -> Double {
    guard residual != nil else { return 1 }
    let combination = combination(weight: weight)
    // K_mm = Σ_k w_k U_mk²
    let factorSquares = (0..<factorCount).map { row in
      values.indices.reduce(0) { $0 + values[$1] * factorVectors[row, $1] * factorVectors[row, $1] }
    }
    return Amplification.worst(
      gram: gram, combination: combination, factorSquares: factorSquares, weight: weight,
      innerProducts: innerProducts)
  }
}
