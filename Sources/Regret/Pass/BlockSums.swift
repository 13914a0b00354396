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

  /// The same memory with the sums of no columns: systems clear what is allocated anew page by page, at a sixth of the time
  /// of a pass over thousands of rows.
  consuming func cleared() -> BlockSums {
    func clear(_ numbers: inout [Scalar]) {
      numbers.withUnsafeMutableBufferPointer { $0.update(repeating: 0) }
    }
    var sums = self
    clear(&sums.gradients)
    if sums.raw != nil { clear(&sums.raw!) }
    if sums.rawFactors != nil { clear(&sums.rawFactors!) }
    if sums.whitened != nil { clear(&sums.whitened!) }
    if sums.tile != nil { clear(&sums.tile!) }
    sums.columns = nil
    sums.columnSums = ColumnSums(gradientCount: sums.columnSums.isNonzero.count)
    for row in sums.factorSquares.indices { sums.factorSquares[row] = 0 }
    return sums
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
