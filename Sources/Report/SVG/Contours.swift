/// Lines of equal height over a rectangular grid of values, by marching squares with linear interpolation along the
/// cells' edges. A saddle is cut by its mean.
struct Contours {
  /// Values row by row.
  let values: [Double]
  let columnCount: Int

  private var rowCount: Int { values.count / columnCount }

  /// Segments of the line at `level` in units of places: x along columns, y along rows.
  func segments(at level: Double) -> [(from: (Double, Double), to: (Double, Double))] {
    var segments: [(from: (Double, Double), to: (Double, Double))] = []
    for row in 0..<(rowCount - 1) {
      for column in 0..<(columnCount - 1) {
        let corners = corners(row, column)
        guard corners.allSatisfy(\.value.isFinite) else { continue }
        // Where the level crosses each edge, going round the cell.
        let crossings = corners.indices.map { index -> (Double, Double)? in
          let (a, b) = (corners[index], corners[(index + 1) % 4])
          return (a.value >= level) != (b.value >= level) ? Self.crossing(a, b, at: level) : nil
        }
        let found = crossings.compactMap { $0 }
        if found.count == 2 {
          segments.append((found[0], found[1]))
        } else if found.count == 4 {
          let isHigh = corners.reduce(0) { $0 + $1.value } / 4 >= level
          let joined = isHigh == (corners[0].value >= level) ? [(0, 1), (2, 3)] : [(3, 0), (1, 2)]
          segments += joined.map { (found[$0.0], found[$0.1]) }
        }
      }
    }
    return segments
  }

  /// What lies at or above `level`, as polygons in units of places: neighbouring cells of a row that do so wholly are one.
  /// Cells with a corner that is not finite are left out.
  func region(atOrAbove level: Double) -> [[(Double, Double)]] {
    var polygons: [[(Double, Double)]] = []
    for row in 0..<(rowCount - 1) {
      var start: Int?
      func close(at column: Int) {
        guard let from = start else { return }
        let (left, right, top, bottom) = (Double(from), Double(column), Double(row), Double(row + 1))
        polygons.append([(left, top), (right, top), (right, bottom), (left, bottom)])
        start = nil
      }
      for column in 0..<(columnCount - 1) {
        let corners = corners(row, column)
        let isKnown = corners.allSatisfy(\.value.isFinite)
        if isKnown && corners.allSatisfy({ $0.value >= level }) {
          start = start ?? column
          continue
        }
        close(at: column)
        if isKnown { polygons += Self.part(of: corners, atOrAbove: level) }
      }
      close(at: columnCount - 1)
    }
    return polygons
  }

  private typealias Corner = (x: Double, y: Double, value: Double)

  /// The corners of a cell, going round it.
  private func corners(_ row: Int, _ column: Int) -> [Corner] {
    [(0, 0), (1, 0), (1, 1), (0, 1)].map { x, y in
      (Double(column + x), Double(row + y), values[(row + y) * columnCount + column + x])
    }
  }

  /// Where `level` lies between two corners.
  private static func crossing(_ a: Corner, _ b: Corner, at level: Double) -> (Double, Double) {
    // Halves, since the difference of the largest numbers is none.
    let share = (level / 2 - a.value / 2) / (b.value / 2 - a.value / 2)
    return (a.x + share * (b.x - a.x), a.y + share * (b.y - a.y))
  }

  /// The part of a cell at or above `level`; two of a saddle whose mean lies below it.
  private static func part(of corners: [Corner], atOrAbove level: Double) -> [[(Double, Double)]] {
    let isHigh = corners.map { $0.value >= level }
    if isHigh == [true, false, true, false] || isHigh == [false, true, false, true] {
      let mean = corners.reduce(0) { $0 + $1.value / 4 }
      if mean < level {
        return corners.indices.filter { isHigh[$0] }.map { index in
          let corner = corners[index]
          return [
            (corner.x, corner.y), crossing(corner, corners[(index + 1) % 4], at: level),
            crossing(corner, corners[(index + 3) % 4], at: level),
          ]
        }
      }
    }
    var polygon: [(Double, Double)] = []
    for index in corners.indices {
      let (a, b) = (corners[index], corners[(index + 1) % 4])
      if a.value >= level { polygon.append((a.x, a.y)) }
      if (a.value >= level) != (b.value >= level) { polygon.append(crossing(a, b, at: level)) }
    }
    return polygon.count > 2 ? [polygon] : []
  }
}
