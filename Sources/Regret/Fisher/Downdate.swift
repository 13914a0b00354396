/// What the held-out inner products of all pairs that leave M′ rows have in common.
struct Downdate: Sendable {
  private let weight: Double
  /// μ = ρM′/(1−ρ)
  private let shift: Double
  /// 1/(w + μ)
  private let inverses: [Double]
  /// Y's coordinates c√w/(w + μ) [N, r], so that Y = these times Uᵀ.
  private let projections: Matrix
  /// (1/ρ)(G̃G̃ᵀ − Y S̃G̃ᵀ) [N, N], nothing left out yet but M′ in place of M.
  private let whole: Matrix
  /// B and Y themselves, where all pairs together need more than they cost.
  private var inverse: Matrix?
  private var combinations: Matrix?

  init(_ space: RangeCoordinates, rowsLeft: Int, weight: Double) {
    self.weight = weight
    let shift = GramSplit.shift(weight: weight, factorCount: rowsLeft)
    self.shift = shift
    inverses = space.values.map { 1 / ($0 + shift) }
    projections = space.coordinates.scalingColumns(by: space.values.map { $0.squareRoot() / ($0 + shift) })
    let scale = (1 - weight) / Double(rowsLeft)
    let inside = space.coordinates.scalingColumns(by: space.values.map { 1 / (scale * $0 + weight) })
      .timesTransposed(space.coordinates)
    whole = space.residual.map { inside + $0 * (1 / weight) } ?? inside
  }

  /// Forms B = (K + μI)⁻¹ and Y once for all pairs.
  mutating func formInverse(_ space: RangeCoordinates) {
    let all = Array(0..<space.factorCount)
    inverse = inverseBlock(all, space)
    combinations = projections.timesTransposed(space.factorVectors)
  }

  /// Q₋ of gradients i and j without the factor `rows`; nil where nothing is left in double precision.
  func pair(_ i: Int, _ j: Int, without rows: [Int], _ space: RangeCoordinates) -> HeldOut.Pair? {
    let own = whole.submatrix([i, j], [i, j])
    guard !rows.isEmpty else { return HeldOut.Pair(first: own[0, 0], cross: own[0, 1], second: own[1, 1]) }
    let block = inverse.map { $0.submatrix(rows, rows) } ?? inverseBlock(rows, space)
    let combination =
      combinations.map { $0.submatrix([i, j], rows) }
      ?? projections.submatrix([i, j], 0..<projections.columnCount)
      .timesTransposed(space.factorVectors.submatrix(rows, 0..<space.factorVectors.columnCount))
    guard let factor = Cholesky(block) else { return nil }
    let result = own + factor.solve(rows: combination).timesTransposed(combination) * (1 / weight)
    return HeldOut.Pair(first: result[0, 0], cross: result[0, 1], second: result[1, 1])
  }

  /// B_VV = U_V diag(1/(w + μ)) U_Vᵀ, and where U is not orthogonal (I − U_V U_Vᵀ)/μ more, which both together are
  /// I/μ − U_V diag(w/(μ(w + μ))) U_Vᵀ.
  private func inverseBlock(_ rows: [Int], _ space: RangeCoordinates) -> Matrix {
    let vectors = space.factorVectors.submatrix(rows, 0..<space.factorVectors.columnCount)
    guard !space.isComplete else { return vectors.scalingColumns(by: inverses).timesTransposed(vectors) }
    let missing = zip(space.values, inverses).map { $0 * $1 / shift }
    var block = vectors.scalingColumns(by: missing).timesTransposed(vectors) * -1
    for row in rows.indices { block[row, row] += 1 / shift }
    return block
  }
}
