internal import Checkpoint

/// Solves (K + μI)α = β for all right-hand sides at once by block conjugate gradients, preconditioned by the diagonal.
///
/// Every side draws on the directions of all, so that a few reads of the factor rows do where each on its own would take
/// many. The form is the one that keeps its blocks orthonormal, which is stable where right-hand sides depend on each
/// other or some are solved before others. (Dubrulle, Retooling the method of block conjugate gradients, ETNA 12, 2001:
/// BCGrQ)
///
/// In coordinates where diag F = 1 this is the diagonally preconditioned Fisher system (1−ρ)F + ρD seen from the span of
/// the factor rows, so that its vectors have M numbers each and not P.
enum ConjugateGradients {
  struct Solution {
    /// α, a row each.
    var solutions: Matrix
    /// β − (K + μI)α, a row each.
    var residuals: Matrix
    var convergence: Convergence
  }

  /// - Parameters:
  ///   - product: v ↦ K v for rows of vectors.
  ///   - diagonal: diag K
  ///   - shift: μ
  ///   - squares: ‖g̃_i‖² of each right-hand side's gradient, so that ρQ_ii = ‖g̃_i‖² − β_iᵀα_i.
  ///   - tolerance: Of ρQ_ii, relative. Its error r_iᵀ(K + μI)⁻¹r_i is at most ‖r_i‖²/μ, which is what stops a solve.
  ///   - rounding: Of products, relative. ρQ_ii is a difference, so nothing below that share of ‖g̃_i‖² can be told.
  static func solve(
    _ product: FactorProduct, diagonal: [Double], shift: Double, _ sides: Matrix, squares: [Double],
    tolerance: Double, rounding: Double, limit: Int
  ) throws -> Solution {
    // A = D^{-½}(K + μI)D^{-½}, D = diag K + μ, has a unit diagonal; y = D^{½}α.
    let inverse = diagonal.map { 1 / ($0 + shift).squareRoot() }
    let root = diagonal.map { ($0 + shift).squareRoot() }
    var solutions = Matrix(sides.rowCount, sides.columnCount)
    var residuals = sides
    func isSolved(_ row: Int) -> Bool {
      let square = max(squares[row] - dot(sides, row, solutions, row), 0)
      return dot(residuals, row, residuals, row) <= shift * max(tolerance * square, rounding * squares[row])
    }
    func isDone() -> Bool { (0..<sides.rowCount).allSatisfy { norm(sides, $0) == 0 || isSolved($0) } }
    // Residuals in those coordinates are coefficients · basis.
    let start = OrthonormalRows(sides.scalingColumns(by: inverse))
    var (coefficients, basis, directions) = (start.coefficients, start.basis, start.basis)
    var iterations = 0
    while !isDone() {
      func failure() -> AuditError { .notConverged(iterations: iterations, residual: worst(residuals, sides)) }
      guard iterations < limit else { throw failure() }
      let scaled = directions.scalingColumns(by: inverse)
      let images = (try product(scaled) + scaled * shift).scalingColumns(by: inverse)
      iterations += 1
      let curvature = directions.timesTransposed(images)
      guard let factor = Cholesky((curvature + curvature.transposed) * 0.5) else { throw failure() }
      solutions = solutions + (factor.solve(rows: coefficients) * directions).scalingColumns(by: inverse)
      let next = OrthonormalRows(basis - factor.solve(rows: .identity(basis.rowCount)) * images)
      basis = next.basis
      directions = basis + next.coefficients.transposed * directions
      coefficients = coefficients * next.coefficients
      residuals = (coefficients * basis).scalingColumns(by: root)
    }
    return Solution(
      solutions: solutions, residuals: residuals,
      convergence: Convergence(iterations: iterations, residual: worst(residuals, sides)))
  }

  private static func dot(_ left: Matrix, _ row: Int, _ right: Matrix, _ other: Int) -> Double {
    var sum = 0.0
    for column in 0..<left.columnCount { sum += left[row, column] * right[other, column] }
    return sum
  }

  private static func norm(_ matrix: Matrix, _ row: Int) -> Double { dot(matrix, row, matrix, row).squareRoot() }

  private static func worst(_ residuals: Matrix, _ sides: Matrix) -> Double {
    (0..<sides.rowCount).reduce(0) { worst, row in
      let length = norm(sides, row)
      return length > 0 ? max(worst, norm(residuals, row) / length) : worst
    }
  }
}
