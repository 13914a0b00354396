internal import Checkpoint

/// Solves (K + μI)α = β for all right-hand sides at once by conjugate gradients (Hestenes and Stiefel 1952),
/// preconditioned by the diagonal.
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
    let count = sides.columnCount
    let inverse = diagonal.map { 1 / ($0 + shift) }
    var solutions = Matrix(sides.rowCount, count)
    var residuals = sides
    func isSolved(_ row: Int) -> Bool {
      let square = max(squares[row] - dot(sides, row, solutions, row), 0)
      return dot(residuals, row, residuals, row) <= shift * max(tolerance * square, rounding * squares[row])
    }
    var active = (0..<sides.rowCount).filter { norm(sides, $0) > 0 && !isSolved($0) }
    var energies = (0..<sides.rowCount).map { weighted(residuals, $0, inverse) }
    var directions = residuals.scalingColumns(by: inverse)
    var iterations = 0
    while !active.isEmpty {
      guard iterations < limit else {
        throw AuditError.notConverged(iterations: iterations, residual: worst(residuals, sides))
      }
      let part = directions.submatrix(active, 0..<count)
      let images = try product(part) + part * shift
      iterations += 1
      for (place, row) in active.enumerated() {
        let curvature = dot(part, place, images, place)
        let step = energies[row] / curvature
        for column in 0..<count {
          solutions[row, column] += step * part[place, column]
          residuals[row, column] -= step * images[place, column]
        }
        let energy = weighted(residuals, row, inverse)
        let ratio = energy / energies[row]
        energies[row] = energy
        for column in 0..<count {
          directions[row, column] = residuals[row, column] * inverse[column] + ratio * part[place, column]
        }
      }
      active.removeAll(where: isSolved)
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

  private static func weighted(_ matrix: Matrix, _ row: Int, _ weights: [Double]) -> Double {
    var sum = 0.0
    for column in 0..<matrix.columnCount { sum += matrix[row, column] * matrix[row, column] * weights[column] }
    return sum
  }

  private static func worst(_ residuals: Matrix, _ sides: Matrix) -> Double {
    (0..<sides.rowCount).reduce(0) { worst, row in
      let length = norm(sides, row)
      return length > 0 ? max(worst, norm(residuals, row) / length) : worst
    }
  }
}
