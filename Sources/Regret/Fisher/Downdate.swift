internal import Synchronization

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
  let whole: Matrix

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

  /// Y [N, M].
  func combinations(_ space: RangeCoordinates, workerCount: Int) -> Matrix {
    let parts = (0..<projections.rowCount).pieces(of: 128)
    let result = Mutex(Matrix(0, space.factorVectors.rowCount))
    OrderedWork.run(count: parts.count, workerCount: workerCount) {
      projections.rows(parts[$0]).timesTransposed(space.factorVectors)
    } commit: { _, rows in
      result.withLock { $0.append(rows) }
    }
    return result.withLock { $0 }
  }

  /// Q₋ of gradients i and j without the factor `rows`; nil where nothing is left in double precision.
  func pair(_ i: Int, _ j: Int, without rows: [Int], _ space: RangeCoordinates) -> HeldOut.Pair? {
    let own = whole.submatrix([i, j], [i, j])
    guard !rows.isEmpty else { return HeldOut.Pair(first: own[0, 0], cross: own[0, 1], second: own[1, 1]) }
    let block = inverseBlock(rows, rows, space)
    let combination = projections.submatrix([i, j], 0..<projections.columnCount)
      .timesTransposed(space.factorVectors.submatrix(rows, 0..<space.factorVectors.columnCount))
    guard let factor = Cholesky(block) else { return nil }
    let result = own + factor.solve(rows: combination).timesTransposed(combination) * (1 / weight)
    return HeldOut.Pair(first: result[0, 0], cross: result[0, 1], second: result[1, 1])
  }

  /// B between two sets of rows V and W, equal or without a row in common: U_V diag(1/(w + μ)) U_Wᵀ, and where U is not
  /// orthogonal (I − UUᵀ)/μ more, which both together are I/μ − U_V diag(w/(μ(w + μ))) U_Wᵀ.
  func inverseBlock(_ rows: [Int], _ others: [Int], _ space: RangeCoordinates) -> Matrix {
    let all = 0..<space.factorVectors.columnCount
    let left = space.factorVectors.submatrix(rows, all)
    let right = rows == others ? left : space.factorVectors.submatrix(others, all)
    guard !space.isComplete else { return left.scalingColumns(by: inverses).timesTransposed(right) }
    let missing = zip(space.values, inverses).map { -$0 * $1 / shift }
    var block = left.scalingColumns(by: missing).timesTransposed(right)
    if rows == others {
      for row in rows.indices { block[row, row] += 1 / shift }
    }
    return block
  }
}
