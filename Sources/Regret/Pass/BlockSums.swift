/// What a ``BlockWorker`` makes of one block of columns: products in working precision, to be added to a ``GramAccumulator``.
struct BlockSums<Scalar: WorkingScalar>: Sendable {
  /// Upper triangles of products of rows, as in ``GramSums``.
  var gradients: [Scalar]
  var raw: [Scalar]?
  var rawFactors: [Scalar]?
  var whitened: [Scalar]?
  /// Products of a tile's rows with all rows.
  var tile: [Scalar]?
  /// Rows as they stand, where the block is a tensor of few columns.
  var columns: Matrix?
  var columnSums: ColumnSums
  var factorSquares: [Double]

  /// Sums of `shape` over no columns.
  init(_ shape: SumsShape) {
    func square(_ count: Int) -> [Scalar] { [Scalar](repeating: 0, count: count * count) }
    gradients = square(shape.gradientCount)
    raw = shape.isRaw ? square(shape.rowCount) : nil
    rawFactors = shape.hasRawFactors ? square(shape.factorCount) : nil
    whitened = shape.isWhitened ? square(shape.rowCount) : nil
    tile = shape.tileCount.map { [Scalar](repeating: 0, count: $0 * shape.rowCount) }
    columnSums = ColumnSums(gradientCount: shape.gradientCount)
    factorSquares = [Double](repeating: 0, count: shape.tileCount == nil ? 0 : shape.factorCount)
  }

  /// Makes them the sums of no columns, in the same memory: systems clear what is allocated anew page by page, at a sixth of
  /// the time of a pass over thousands of rows.
  mutating func clear() {
    func clear(_ numbers: inout [Scalar]) {
      numbers.withUnsafeMutableBufferPointer { $0.update(repeating: 0) }
    }
    clear(&gradients)
    if raw != nil { clear(&raw!) }
    if rawFactors != nil { clear(&rawFactors!) }
    if whitened != nil { clear(&whitened!) }
    if tile != nil { clear(&tile!) }
    columns = nil
    columnSums = ColumnSums(gradientCount: columnSums.isNonzero.count)
    for row in factorSquares.indices { factorSquares[row] = 0 }
  }

  /// What products of one block take [bytes].
  static func byteCount(_ shape: SumsShape) -> Int {
    let (all, factors) = (shape.rowCount * shape.rowCount, shape.factorCount * shape.factorCount)
    let products =
      shape.gradientCount * shape.gradientCount + (shape.isRaw ? all : 0) + (shape.hasRawFactors ? factors : 0)
      + (shape.isWhitened ? all : 0) + (shape.tileCount ?? 0) * shape.rowCount
    return products * MemoryLayout<Scalar>.stride
  }
}
