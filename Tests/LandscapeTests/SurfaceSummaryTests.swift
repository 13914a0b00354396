import Foundation
import Landscape
import Testing

@Suite("Sharpness of a surface")
struct SurfaceSummaryTests {
  /// Parabolas a(x − c)² + k on −2…2 in steps of ½.
  private func line(_ parabolas: [(a: Double, c: Double, k: Double)], sizes: [Int]? = nil) -> LossSurface {
    let axis = GridAxis(radius: 2, count: 9)
    return LossSurface(
      grid: SliceGrid(axis), axisNames: ["x"], batchSizes: sizes ?? parabolas.map { _ in 4 },
      minibatchLosses: parabolas.map { parabola in
        axis.places.map { parabola.a * ($0 - parabola.c) * ($0 - parabola.c) + parabola.k }
      })
  }

  @Test("two parabolas that disagree: flat on average, sharp one by one")
  func disagreement() throws {
    // f = (x ∓ 1)²: the mean is x² + 1.
    let summary = try #require(SurfaceSummary(line([(1, 1, 0), (1, -1, 0)])))
    #expect(summary.sharpness == 4)
    // Each rises from 1 at θ to 9 at its far end.
    #expect(summary.minibatchSharpness == 8)
    #expect(summary.contrast == 2)
    #expect(summary.curvatures == [2])
    #expect(summary.minimum.coordinates == [0])
    #expect(summary.minibatchMinima.map(\.coordinates) == [[1], [-1]])
    #expect(summary.minibatchMinima.map(\.depth) == [1, 1])
    #expect(summary.minimumSpread == 1)
    #expect(summary.regret == 4)
    #expect(summary.regretError == nil)
    // Mean of x² over nine places: 2(¼ + 1 + 9/4 + 4)/9.
    #expect(abs(summary.meanRise - 15.0 / 9) < 1e-12)
  }

  @Test("minibatches that agree have contrast 1 and no regret")
  func agreement() throws {
    let summary = try #require(SurfaceSummary(line([(1, 0.5, 3), (1, 0.5, 3), (1, 0.5, 3)])))
    #expect(summary.contrast == 1)
    #expect(summary.regret == 0)
    #expect(summary.regretError == 0)
    #expect(summary.minimumSpread == 0)
    #expect(summary.minimum.coordinates == [0.5])
    #expect(summary.minimum.depth == 0.25)
    #expect(!summary.minimum.isAtEdge)
  }

  @Test("the mean weighs minibatches by their sizes")
  func weights() throws {
    let surface = line([(1, 0, 0), (4, 0, 0)], sizes: [3, 1])
    #expect(surface.meanLoss[0] == 0.75 * 4 + 0.25 * 16)
    let summary = try #require(SurfaceSummary(surface))
    #expect(summary.sharpness == 7)
    #expect(summary.minibatchSharpness == 7)
  }

  @Test("a minimum at the edge is called one")
  func edge() throws {
    let summary = try #require(SurfaceSummary(line([(1, 5, 0)])))
    #expect(summary.minimum.isAtEdge)
    #expect(summary.minimum.coordinates == [2])
    #expect(summary.regret == nil)
  }

  @Test("the regret's error leaves one minibatch out at a time")
  func jackknife() throws {
    let centers = [1.0, -1, 0.5, 0]
    let summary = try #require(SurfaceSummary(line(centers.map { (1, $0, 0) })))
    func mean(_ kept: [Double]) -> Double {
      var sum = 0.0
      for i in kept.indices { for j in kept.indices where j != i { sum += (kept[i] - kept[j]) * (kept[i] - kept[j]) } }
      return sum / Double(kept.count * (kept.count - 1))
    }
    let left = centers.indices.map { out in mean(centers.indices.filter { $0 != out }.map { centers[$0] }) }
    let average = left.reduce(0, +) / 4
    let error = (0.75 * left.reduce(0) { $0 + ($1 - average) * ($1 - average) }).squareRoot()
    #expect(abs(try #require(summary.regret) - mean(centers)) < 1e-12)
    #expect(abs(try #require(summary.regretError) - error) < 1e-12)
  }

  @Test("on a plane both axes count")
  func plane() throws {
    let axis = GridAxis(radius: 1, count: 5)
    let grid = SliceGrid(axis, axis)
    let losses = (0..<grid.pointCount).map { point in
      let place = grid.coordinates(of: point)
      return place[0] * place[0] + 3 * (place[1] - 0.5) * (place[1] - 0.5)
    }
    let summary = try #require(
      SurfaceSummary(LossSurface(grid: grid, axisNames: ["x", "y"], batchSizes: [1], minibatchLosses: [losses])))
    #expect(summary.curvatures == [2, 6])
    #expect(summary.minimum.coordinates == [0, 0.5])
    #expect(summary.minimum.depth == 0.75)
    #expect(abs(summary.sharpness - 7) < 1e-12)
  }

  @Test("has no value without θ on the grid or with a loss that overflowed")
  func missing() {
    let off = GridAxis(from: 1, to: 2, count: 3)
    #expect(
      SurfaceSummary(
        LossSurface(grid: SliceGrid(off), axisNames: ["x"], batchSizes: [1], minibatchLosses: [[1, 2, 3]])) == nil)
    #expect(SurfaceSummary(line([(.infinity, 0, 0)])) == nil)
  }
}

@Suite("Minima between the places of a grid")
struct RefinedMinimumTests {
  private func minimum(_ grid: SliceGrid, _ loss: ([Double]) -> Double) throws -> SurfaceMinimum {
    let values = (0..<grid.pointCount).map { loss(grid.coordinates(of: $0)) }
    let surface = LossSurface(
      grid: grid, axisNames: grid.axes.map { _ in "axis" }, batchSizes: [1], minibatchLosses: [values])
    return try #require(SurfaceSummary(surface)).minimum
  }

  @Test("are those of a parabola", arguments: [-0.83, -0.5, -0.49, 0, 0.1, 0.4, 0.62])
  func line(at: Double) throws {
    let found = try minimum(SliceGrid(GridAxis(radius: 1, count: 11))) { 3 * ($0[0] - at) * ($0[0] - at) + 2 }
    #expect(abs(found.coordinates[0] - at) < 1e-12)
    #expect(abs(found.loss - 2) < 1e-12 && abs(found.depth - 3 * at * at) < 1e-12)
  }

  @Test(
    "are those of a bowl that is turned", arguments: [(0.13, -0.21, 0.0), (0.13, -0.21, 1.5), (-0.37, 0.06, -1.8)])
  func plane(x: Double, y: Double, mixed: Double) throws {
    let grid = SliceGrid(GridAxis(radius: 1, count: 9), GridAxis(from: -1.5, to: 0.5, count: 17))
    let found = try minimum(grid) { place in
      let (u, v) = (place[0] - x, place[1] - y)
      return u * u + mixed * u * v + v * v - 4
    }
    #expect(abs(found.coordinates[0] - x) < 1e-12 && abs(found.coordinates[1] - y) < 1e-12)
    #expect(abs(found.loss + 4) < 1e-12 && !found.isAtEdge)
  }

  @Test("come nearer to those of a smooth loss than the grid does", arguments: [0.11, 0.27, 0.33])
  func smooth(at: Double) throws {
    let grid = SliceGrid(GridAxis(radius: 1, count: 11), GridAxis(radius: 1, count: 11))
    let found = try minimum(grid) { 2 - cos(2 * ($0[0] - at)) + exp($0[1]) - $0[1] }
    #expect(abs(found.coordinates[0] - at) < 0.005 && abs(found.coordinates[1]) < 0.01)
    #expect(abs(found.loss - 2) < 1e-3)
  }

  @Test("stay at the place where no quadratic has one, or none within reach")
  func refused() throws {
    let line = SliceGrid(GridAxis(radius: 1, count: 5))
    // A corner, an edge, the ends of double precision, and a plain.
    let corner = try minimum(line) { abs($0[0]) }
    #expect(corner.coordinates == [0] && corner.loss == 0)
    #expect(try minimum(line) { $0[0] }.coordinates == [-1])
    #expect(try minimum(line) { $0[0] == 0 ? -1e308 : 1e308 }.coordinates == [0])
    #expect(try minimum(line) { _ in 3 }.coordinates == [-1])
    let plane = SliceGrid(GridAxis(radius: 1, count: 5), GridAxis(radius: 1, count: 5))
    // A valley: nothing tells where along it.
    let valley = try minimum(plane) { ($0[0] - $0[1]) * ($0[0] - $0[1]) + ($0[0] == 0 && $0[1] == 0 ? -1e-12 : 0) }
    #expect(valley.coordinates.allSatisfy { abs($0) <= 0.5 })
  }
}
