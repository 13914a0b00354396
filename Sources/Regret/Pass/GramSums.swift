/// What a pass over columns of [G; S] adds up; sums over disjoint columns add up to the whole's.
struct GramSums: Sendable {
  /// G·Gᵀ over all columns [N, N].
  var gradients: Matrix
  /// [G; S]·[G; S]ᵀ over live columns [N+M, N+M].
  var raw: Matrix?
  /// S·Sᵀ [M, M].
  var rawFactors: Matrix?
  /// [G; S]·D⁻¹·[G; S]ᵀ over live columns [N+M, N+M].
  var whitened: Matrix?
  /// Products of the rows of a tile with all rows [tile, N+M].
  var tile: Matrix?
  /// [G; S] in the metric's coordinates where a tensor has few columns [N+M, p].
  var columns: Matrix?
  /// Of the columns one by one.
  var columnSums: ColumnSums
  /// ‖s̃_m‖² of factor rows in the metric's coordinates, beside a tile.
  var factorSquares: [Double]
  init(_ request: GramRequest) {
    let all = request.rowCount
    gradients = Matrix(request.gradientCount, request.gradientCount)
    let isSquare = request.tile == nil
    raw = request.isRaw && isSquare ? Matrix(all, all) : nil
    rawFactors = request.hasRawFactors && isSquare ? Matrix(request.factorCount, request.factorCount) : nil
    whitened = request.isWhitened && isSquare ? Matrix(all, all) : nil
    tile = request.tile.map { Matrix($0.count, all) }
    factorSquares = [Double](repeating: 0, count: request.tile == nil ? 0 : request.factorCount)
    columnSums = ColumnSums(gradientCount: request.gradientCount)
  }

  /// Adds the sums of other columns.
  mutating func add(_ other: GramSums) {
    gradients.add(other.gradients)
    raw.add(other.raw)
    rawFactors.add(other.rawFactors)
    whitened.add(other.whitened)
    tile.add(other.tile)
    for row in factorSquares.indices { factorSquares[row] += other.factorSquares[row] }
    columnSums.add(other.columnSums)
  }

  /// Notes sums that left the range of `Scalar`: squares that are not finite, or that vanish although a gradient is
  /// not 0 in live coordinates.
  mutating func checkRange<Scalar: WorkingScalar>(of scalar: Scalar.Type, onTiles: Bool) {
    let squares = [raw, rawFactors, whitened].compactMap(\.self).flatMap(\.diagonal) + factorSquares
    if !squares.allSatisfy(\.isFinite) || !(tile?.elements.allSatisfy(\.isFinite) ?? true) {
      columnSums.isOutOfRange = true
    }
    // A tile of as many rows as there are gradients is theirs.
    let isNonzero = columnSums.isNonzero
    // Far enough above the smallest number for the square to have all its digits.
    let floor = onTiles ? Tiles.smallestSquare : Double(Scalar.leastNormalMagnitude) / Double(Scalar.ulpOfOne)
    for row in isNonzero.indices where onTiles && isNonzero[row] && gradients[row, row] < floor {
      columnSums.isOutOfRange = true
    }
    guard let metric = whitened ?? raw ?? tile, metric.rowCount >= isNonzero.count else { return }
    for row in isNonzero.indices where isNonzero[row] && metric[row, row] < floor {
      columnSums.isOutOfRange = true
    }
  }

  /// Whether some sum is not a number that can be used.
  var isUnusable: Bool {
    let squares = [gradients, raw, rawFactors, whitened].compactMap(\.self).flatMap(\.diagonal) + factorSquares
    let trace = columnSums.trace
    if columnSums.liveCount > 0 && !(trace > 0) { return true }
    return !squares.allSatisfy(\.isFinite) || !(tile?.elements.allSatisfy(\.isFinite) ?? true) || !trace.isFinite
  }

  /// Fills the lower triangles, which the pass leaves alone.
  mutating func symmetrize() {
    gradients.copyUpperTriangle()
    raw?.copyUpperTriangle()
    rawFactors?.copyUpperTriangle()
    whitened?.copyUpperTriangle()
  }
}

extension Matrix {
  mutating func add(_ other: Matrix) {
    for index in elements.indices { elements[index] += other.elements[index] }
  }

  mutating func copyUpperTriangle() {
    let count = rowCount
    // A square at a time, that both its rows and its columns stay in cache.
    let side = 32
    elements.withUnsafeMutableBufferPointer { elements in
      for top in stride(from: 0, to: count, by: side) {
        for left in stride(from: 0, through: top, by: side) {
          for row in top..<min(top + side, count) {
            for column in left..<min(left + side, row) {
              elements[row * count + column] = elements[column * count + row]
            }
          }
        }
      }
    }
  }

  /// Adds a block's products.
  mutating func addAll<Scalar: WorkingScalar>(_ products: [Scalar]) {
    for index in elements.indices { elements[index] += Double(products[index]) }
  }

  /// Adds the upper triangle of a block's products.
  mutating func addUpperTriangle<Scalar: WorkingScalar>(_ products: [Scalar]) {
    let count = rowCount
    elements.withUnsafeMutableBufferPointer { total in
      for row in 0..<count {
        let base = row * count
        for index in (base + row)..<(base + count) { total[index] += Double(products[index]) }
      }
    }
  }
}

extension Matrix? {
  mutating func add(_ other: Matrix?) {
    guard self != nil, let other else { return }
    self!.add(other)
  }
}
