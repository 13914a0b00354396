internal import CLAPACK
internal import Synchronization

/// Downdates of all pairs, a tile of minibatches by minibatches at a time: B = (K + μI)⁻¹ between the factor rows of two
/// minibatches is needed by their pair alone, so it is formed by products of many rows and never kept.
struct DowndateTiles {
  /// Rows of a side of a tile, where a minibatch has no more of its own: enough for products near the processor's rate,
  /// few enough for a cache.
  static let rowCount = 512
  /// B of minibatches with themselves is formed once and kept up to so many elements.
  static let diagonalLimit = 8 << 20
  /// Each number of rows left needs another B.
  static let downdateLimit = 4

  private let space: RangeCoordinates
  /// Factor rows of each minibatch in `kept`.
  private let rows: [[Int]]
  private let kept: [Int]
  private let weight: Double
  /// What pairs that leave out so many rows have in common, by that number.
  private let parts: [Int: Part]

  private struct Part: Sendable {
    let downdate: Downdate
    /// Y [N, M].
    let combinations: Matrix
    /// B of each minibatch with itself.
    var diagonals: [Matrix] = []
  }

  /// Nil where tiles do not pay or take too much memory.
  init?(
    _ space: RangeCoordinates, groups: FactorGroups, kept: [Int], downdates: [Int: Downdate], weight: Double,
    workerCount: Int
  ) {
    let rows = kept.map { groups.rows[$0] }
    guard downdates.count <= Self.downdateLimit,
      rows.reduce(0, { $0 + $1.count * $1.count }) * downdates.count <= Self.diagonalLimit
    else { return nil }
    self.space = space
    self.rows = rows
    self.kept = kept
    self.weight = weight
    var parts: [Int: Part] = [:]
    for (left, downdate) in downdates {
      var part = Part(downdate: downdate, combinations: downdate.combinations(space, workerCount: workerCount))
      let diagonals = Mutex<[Matrix]>([])
      OrderedWork.run(count: rows.count, workerCount: workerCount) {
        downdate.inverseBlock(rows[$0], rows[$0], space)
      } commit: { _, block in
        diagonals.withLock { $0.append(block) }
      }
      part.diagonals = diagonals.withLock { $0 }
      parts[left] = part
    }
    self.parts = parts
  }

  /// Every pair's inner products; nil where some pair has no length. The same for any number of workers.
  func pairs(workerCount: Int) -> HeldOutPairs? {
    let sides = sides
    let tiles = sides.indices.flatMap { second in (0...second).map { ($0, second) } }
    let results = Mutex<[[HeldOut.Pair]]?>(
      kept.indices.map { [HeldOut.Pair](repeating: HeldOut.Pair(first: 0, cross: 0, second: 0), count: $0) })
    OrderedWork.run(count: tiles.count, workerCount: workerCount) { index in
      tile(sides[tiles[index].0], sides[tiles[index].1])
    } commit: { _, tile in
      results.withLock { rows in
        guard let tile else { return rows = nil }
        for entry in tile { rows?[entry.second][entry.first] = entry.pair }
      }
    }
    return results.withLock { $0 }.map { HeldOutPairs(minibatches: kept, rows: $0) }
  }

  /// Places in `kept` that make up each side of a tile.
  private var sides: [Range<Int>] {
    var sides: [Range<Int>] = []
    var start = 0
    var count = 0
    for place in kept.indices {
      if place > start && count + rows[place].count > Self.rowCount {
        sides.append(start..<place)
        (start, count) = (place, 0)
      }
      count += rows[place].count
    }
    if start < kept.count { sides.append(start..<kept.count) }
    return sides
  }

  private typealias Entry = (first: Int, second: Int, pair: HeldOut.Pair)

  /// The pairs of a minibatch in `firsts` with a later one in `seconds`; nil where some pair has no length.
  private func tile(_ firsts: Range<Int>, _ seconds: Range<Int>) -> [Entry]? {
    var entries: [Entry] = []
    let (upper, lower) = (firsts.flatMap { rows[$0] }, seconds.flatMap { rows[$0] })
    let largest = (firsts.map { rows[$0].count }.max() ?? 0) + (seconds.map { rows[$0].count }.max() ?? 0)
    var solver = PairSolver(size: largest)
    for (left, part) in parts.sorted(by: { $0.key < $1.key }) {
      let pairs = firsts.flatMap { first in
        seconds.filter { first < $0 && rows[first].count + rows[$0].count == left }.map { (first, $0) }
      }
      guard !pairs.isEmpty else { continue }
      // Between minibatches of which one has no rows there is none.
      let hasCross = pairs.contains { !rows[$0.0].isEmpty && !rows[$0.1].isEmpty }
      let block = hasCross ? part.downdate.inverseBlock(upper, lower, space) : Matrix(upper.count, 0)
      var top = 0
      for first in firsts {
        var start = 0
        for second in seconds {
          defer { start += rows[second].count }
          guard first < second, rows[first].count + rows[second].count == left else { continue }
          let (i, j) = (kept[first], kept[second])
          let pair = solver.solve(
            first: part.diagonals[first], second: part.diagonals[second], cross: block, top: top, start: start,
            combinations: part.combinations, gradients: (i, j), rows: (rows[first], rows[second]))
          guard let products = pair else { return nil }
          let own = part.downdate.whole
          let value = HeldOut.Pair(
            first: own[i, i] + products.first / weight, cross: own[i, j] + products.cross / weight,
            second: own[j, j] + products.second / weight)
          guard value.first > 0, value.second > 0 else { return nil }
          entries.append((first, second, value))
        }
        top += rows[first].count
      }
    }
    return entries
  }
}

/// Y_V B_VV⁻¹ Y_Vᵀ of one pair after another, in buffers that are kept. Lives on one thread.
private struct PairSolver {
  private var matrix: [Double]
  private var sides: [Double]
  /// Up to so many rows LAPACK's calls would take longer than the work.
  private static let smallSize = 24

  init(size: Int) {
    matrix = [Double](repeating: 0, count: size * size)
    sides = [Double](repeating: 0, count: 2 * size)
  }

  /// `cross` holds B between the pair's rows from row `top` and column `start` on. Nil where B_VV is not positive definite.
  mutating func solve(
    first: Matrix, second: Matrix, cross: Matrix, top: Int, start: Int, combinations: Matrix, gradients: (Int, Int),
    rows: (first: [Int], second: [Int])
  ) -> HeldOut.Pair? {
    let (upper, lower) = (rows.first.count, rows.second.count)
    let size = upper + lower
    guard size > 0 else { return HeldOut.Pair(first: 0, cross: 0, second: 0) }
    return matrix.withUnsafeMutableBufferPointer { matrix in
      sides.withUnsafeMutableBufferPointer { sides in
        // Row-major, the lower triangle alone.
        for row in 0..<upper {
          for column in 0...row { matrix[row * size + column] = first.elements[row * upper + column] }
        }
        for row in 0..<lower {
          let base = (upper + row) * size
          for column in 0..<upper {
            matrix[base + column] = cross.elements[(top + column) * cross.columnCount + start + row]
          }
          for column in 0...row { matrix[base + upper + column] = second.elements[row * lower + column] }
        }
        let (one, other) = (gradients.0 * combinations.columnCount, gradients.1 * combinations.columnCount)
        for (index, row) in rows.first.enumerated() {
          sides[index] = combinations.elements[one + row]
          sides[size + index] = combinations.elements[other + row]
        }
        for (index, row) in rows.second.enumerated() {
          sides[upper + index] = combinations.elements[one + row]
          sides[size + upper + index] = combinations.elements[other + row]
        }
        guard size <= Self.smallSize ? Self.eliminate(matrix, sides, size) : Self.factor(matrix, sides, size) else {
          return nil
        }
        var pair = HeldOut.Pair(first: 0, cross: 0, second: 0)
        for index in 0..<size {
          pair.first += sides[index] * sides[index]
          pair.cross += sides[index] * sides[size + index]
          pair.second += sides[size + index] * sides[size + index]
        }
        return pair
      }
    }
  }

  /// L⁻¹ of both sides in place, B = LLᵀ, row by row.
  private static func eliminate(
    _ matrix: UnsafeMutableBufferPointer<Double>, _ sides: UnsafeMutableBufferPointer<Double>, _ size: Int
  ) -> Bool {
    for row in 0..<size {
      let base = row * size
      for column in 0..<row {
        let other = column * size
        var sum = matrix[base + column]
        for index in 0..<column { sum -= matrix[base + index] * matrix[other + index] }
        matrix[base + column] = sum / matrix[other + column]
      }
      var sum = matrix[base + row]
      for index in 0..<row { sum -= matrix[base + index] * matrix[base + index] }
      guard sum > 0 else { return false }
      let root = sum.squareRoot()
      matrix[base + row] = root
      for side in [0, size] {
        var value = sides[side + row]
        for index in 0..<row { value -= matrix[base + index] * sides[side + index] }
        sides[side + row] = value / root
      }
    }
    return true
  }

  /// The same by LAPACK, to which a lower triangle row by row is an upper one column by column.
  private static func factor(
    _ matrix: UnsafeMutableBufferPointer<Double>, _ sides: UnsafeMutableBufferPointer<Double>, _ size: Int
  ) -> Bool {
    var half = CChar(UInt8(ascii: "U"))
    var order = Int32(size)
    var pitch = order
    var status: Int32 = 0
    lapack_dpotrf(&half, &order, matrix.baseAddress, &pitch, &status)
    guard status == 0 else { return false }
    blas_dtrsm(
      CblasColMajor, CblasLeft, CblasUpper, CblasTrans, CblasNonUnit, order, 2, 1, matrix.baseAddress, order,
      sides.baseAddress, order)
    return true
  }
}
