import Landscape
import Testing

@Suite("Grid")
struct SliceGridTests {
  @Test("ends are exact and the middle is 0", arguments: [3, 5, 51, 101])
  func ends(count: Int) {
    let axis = GridAxis(radius: 0.7, count: count)
    #expect(axis.places.first == -0.7)
    #expect(axis.places.last == 0.7)
    #expect(axis.origin == count / 2)
  }

  @Test("finds 0 on an axis that is not symmetric")
  func asymmetric() {
    let axis = GridAxis(from: -0.5, to: 1.5, count: 41)
    #expect(axis.origin == 10)
    #expect(axis[10] == 0)
    #expect(abs(axis[30] - 1) < 1e-12)
    #expect(GridAxis(from: -1, to: 1, count: 4).origin == nil)
  }

  @Test("numbers points row by row")
  func order() {
    let grid = SliceGrid(GridAxis(from: 0, to: 2, count: 3), GridAxis(from: 0, to: 30, count: 4))
    #expect(grid.pointCount == 12)
    #expect(grid.coordinates(of: 7) == [1, 20])
    #expect(grid.center == 0)
    var offset: [Float] = [0, 0]
    grid.offset(
      of: 7,
      along: [
        Direction(name: "x", origin: .given, values: [1, 0]), Direction(name: "y", origin: .given, values: [1, 2]),
      ], into: &offset)
    #expect(offset == [21, 40])
  }
}
