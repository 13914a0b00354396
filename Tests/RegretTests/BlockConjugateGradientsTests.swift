import Checkpoint
import Testing

@testable import Regret

@Suite("Block conjugate gradients", .tags(.reference))
struct BlockConjugateGradientsTests {
  /// Factor rows of uneven length that share a direction, and right-hand sides.
  struct System: Sendable, CustomTestStringConvertible {
    var name: String
    var factorCount: Int
    var sides: @Sendable (Matrix) -> Matrix
    /// Directions among the sides.
    var rank: Int
    var testDescription: String { name }
  }

  static func random(_ rows: Int, _ columns: Int, seed: Int) -> Matrix {
    var generator = TestGenerator(seed)
    return Matrix(rows, columns) { _, _ in generator.normal() }
  }

  static let systems = [
    System(name: "one side", factorCount: 12, sides: { random(1, $0.rowCount, seed: 3) }, rank: 1),
    System(name: "sides in general position", factorCount: 24, sides: { random(6, $0.rowCount, seed: 4) }, rank: 6),
    System(
      name: "the same side twice, a zero, and lengths far apart", factorCount: 24,
      sides: { kernel in
        let some = random(3, kernel.rowCount, seed: 5)
        return Matrix(6, kernel.rowCount) { row, column in
          [some[0, column], some[0, column], 0, 1e-25 * some[1, column], 1e25 * some[2, column], some[2, column]][row]
        }
      }, rank: 3),
    System(name: "more sides than factors", factorCount: 5, sides: { random(9, $0.rowCount, seed: 6) }, rank: 5),
    System(name: "nothing but zeros", factorCount: 5, sides: { Matrix(2, $0.rowCount) }, rank: 0),
  ]

  @Test("solve what Cholesky factors solve, in as many reads as blocks fill the span", arguments: systems, [1e-4, 0.3])
  func solve(system: System, shift: Double) throws {
    let columns = 60
    let common = Self.random(1, columns, seed: 1)
    let own = Self.random(system.factorCount, columns, seed: 2)
    let factors = Matrix(system.factorCount, columns) { Double(1 + $0) * (common[0, $1] + 0.1 * own[$0, $1]) }
    let kernel = factors.timesTransposed(factors)
    let sides = system.sides(kernel)
    let product = FactorProduct(
      factors: ArrayBlocks(factors.elements, columnCount: columns), columns: [0..<columns], isNormalized: false,
      scale: 1,
      width: 16, workerCount: 2, isDouble: true)
    var shifted = kernel
    for row in 0..<system.factorCount { shifted[row, row] += shift }
    let expected = try #require(Cholesky(shifted)).solve(rows: sides)
    // As if each gradient were long: the error allowed is one of α itself.
    let squares = (0..<sides.rowCount).map { row in
      (0..<sides.columnCount).reduce(0) { $0 + sides[row, $1] * expected[row, $1] }
    }
    let found = try ConjugateGradients.solve(
      product, diagonal: kernel.diagonal, shift: shift, sides, squares: squares, tolerance: 1e-13, rounding: 1e-22,
      limit: 200)
    #expect(found.convergence.iterations <= (system.rank == 0 ? 0 : system.factorCount / system.rank + 3))
    for row in 0..<sides.rowCount {
      let length = (0..<sides.columnCount).reduce(0) { $0 + expected[row, $1] * expected[row, $1] }.squareRoot()
      for column in 0..<sides.columnCount {
        #expect(abs(found.solutions[row, column] - expected[row, column]) <= 1e-7 * length)
      }
    }
  }
}
