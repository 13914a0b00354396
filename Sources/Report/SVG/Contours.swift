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
        let corners = [(0, 0), (1, 0), (1, 1), (0, 1)].map { x, y in
          (Double(column + x), Double(row + y), values[(row + y) * columnCount + column + x])
        }
        guard corners.allSatisfy({ $0.2.isFinite }) else { continue }
        // Where the level crosses each edge, going round the cell.
        let crossings = corners.indices.map { index -> (Double, Double)? in
          let (a, b) = (corners[index], corners[(index + 1) % 4])
          guard (a.2 >= level) != (b.2 >= level) else { return nil }
          // Halves, since the difference of the largest numbers is none.
          let share = (level / 2 - a.2 / 2) / (b.2 / 2 - a.2 / 2)
          return (a.0 + share * (b.0 - a.0), a.1 + share * (b.1 - a.1))
        }
        let found = crossings.compactMap { $0 }
        if found.count == 2 {
          segments.append((found[0], found[1]))
        } else if found.count == 4 {
          let isHigh = corners.reduce(0) { $0 + $1.2 } / 4 >= level
          let joined = isHigh == (corners[0].2 >= level) ? [(0, 1), (2, 3)] : [(3, 0), (1, 2)]
          segments += joined.map { (found[$0.0], found[$0.1]) }
        }
      }
    }
    return segments
  }
}
