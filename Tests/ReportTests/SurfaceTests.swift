import Landscape
import Testing

@testable import Report

@Suite("Filled contours")
struct SurfaceTests {
  /// The area of polygons, by the shoelace formula.
  private func area(_ polygons: [[(Double, Double)]]) -> Double {
    polygons.reduce(0) { total, polygon in
      total
        + abs(
          polygon.indices.reduce(0.0) { sum, index in
            let (a, b) = (polygon[index], polygon[(index + 1) % polygon.count])
            return sum + a.0 * b.1 - b.0 * a.1
          }) / 2
    }
  }

  @Test("cover what lies above a level, to the place between two points", arguments: [-1, 0, 0.25, 1, 2.75, 4, 5])
  func slope(level: Double) {
    // Rises from 0 to 4 along rows of five places, four rows of cells.
    let contours = Contours(values: (0..<25).map { Double($0 % 5) }, columnCount: 5)
    #expect(abs(area(contours.region(atOrAbove: level)) - 4 * min(4, max(0, 4 - level))) < 1e-12)
  }

  @Test("what lies above a level and what lies below fill the plane, saddles too", arguments: 0..<30)
  func complement(seed: Int) {
    var generator = Example.Generator(state: UInt64(seed + 1))
    let values = (0..<48).map { _ in Double.random(in: -1...1, using: &generator) }
    let above = Contours(values: values, columnCount: 8).region(atOrAbove: 0.1)
    let below = Contours(values: values.map { -$0 }, columnCount: 8).region(atOrAbove: -0.1)
    #expect(abs(area(above) + area(below) - 35) < 1e-9)
  }

  @Test("leave cells out of which a corner is not known, and take numbers of any size")
  func extremes() {
    var values = [Double](repeating: 1, count: 9)
    values[4] = .nan
    #expect(Contours(values: values, columnCount: 3).region(atOrAbove: 0).isEmpty)
    let large = Contours(values: [-1e308, 1e308, -1e308, 1e308], columnCount: 2)
    #expect(abs(area(large.region(atOrAbove: 0)) - 0.5) < 1e-12)
  }

  @Test("a scale is one for all that is compared, and logarithmic where a few heights would hide the others")
  func scale() throws {
    let plain = try #require(SurfaceScale([[1, 2, 3], [2, 5]]))
    #expect(plain.levels.first == 1 && plain.levels.last == 5 && !plain.isLogarithmic && plain.levels.count == 11)
    // A round bowl: evenly spaced lines.
    #expect(abs(plain.levels[5] - (1 + 4 * 0.25)) < 1e-12)
    let steep = try #require(SurfaceScale([(0...100).map { 1e-3 * Double($0) } + [1e4, .infinity, .nan]]))
    #expect(steep.isLogarithmic && steep.levels.first == 0)
    #expect(abs(steep.levels.last! - 1e4) < 1e-8)
    #expect(zip(steep.levels, steep.levels.dropFirst()).allSatisfy { $0 < $1 })
    let ratios = zip(steep.levels.dropFirst(), steep.levels.dropFirst(2)).map { $1 / $0 }
    #expect(ratios.allSatisfy { abs($0 - ratios[0]) < 1e-9 * ratios[0] })
    #expect(SurfaceScale([[3, 3]]) == nil && SurfaceScale([[.nan]]) == nil && SurfaceScale([]) == nil)
    #expect(try #require(SurfaceScale([[-1.7e308, 1.7e308]])).levels.allSatisfy(\.isFinite))
  }
}

@Suite("± in reports of surfaces")
struct SurfaceErrorTests {
  @Test("is half a 95% interval here as well")
  func halfWidth() throws {
    let axis = GridAxis(radius: 2, count: 9)
    let losses = [-1.0, 0, 0.5, 1].map { center in axis.places.map { ($0 - center) * ($0 - center) } }
    let summary = try #require(
      SurfaceSummary(
        LossSurface(grid: SliceGrid(axis), axisNames: ["x"], batchSizes: [4, 4, 4, 4], minibatchLosses: losses)))
    let (regret, error) = (try #require(summary.regret), try #require(summary.regretError))
    // Student's t of three degrees of freedom.
    #expect(summary.regretText == NumberText.withError(regret, 3.182446 * error))
  }
}
