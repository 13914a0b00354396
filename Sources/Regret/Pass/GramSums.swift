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

  init(_ request: GramRequest) { self.init(request.shape) }

  /// Sums of `shape` over no columns.
  init(_ shape: SumsShape) {
    let (all, factors) = (shape.rowCount, shape.factorCount)
    gradients = Matrix(shape.gradientCount, shape.gradientCount)
    raw = shape.isRaw ? Matrix(all, all) : nil
    rawFactors = shape.hasRawFactors ? Matrix(factors, factors) : nil
    whitened = shape.isWhitened ? Matrix(all, all) : nil
    tile = shape.tileCount.map { Matrix($0, all) }
    factorSquares = [Double](repeating: 0, count: shape.tileCount == nil ? 0 : factors)
    columnSums = ColumnSums(gradientCount: shape.gradientCount)
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

  /// With the lower triangles, which the pass leaves alone.
  consuming func completed() -> GramSums {
    symmetrize()
    return self
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
}

extension Matrix? {
  mutating func add(_ other: Matrix?) {
    guard self != nil, let other else { return }
    self!.add(other)
  }
}
