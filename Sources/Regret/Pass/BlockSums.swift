/// What a ``BlockWorker`` makes of one block of columns: products in working precision, to be added to ``GramSums``.
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

  init(_ request: GramRequest) {
    func zeros(_ rows: Int, by columns: Int, _ isNeeded: Bool) -> [Scalar]? {
      isNeeded ? [Scalar](repeating: 0, count: rows * columns) : nil
    }
    let (gradientCount, factorCount, all) = (request.gradientCount, request.factorCount, request.rowCount)
    let isSquare = request.tile == nil
    gradients = [Scalar](repeating: 0, count: gradientCount * gradientCount)
    raw = zeros(all, by: all, request.isRaw && isSquare)
    rawFactors = zeros(factorCount, by: factorCount, request.hasRawFactors && !request.isRaw && isSquare)
    whitened = zeros(all, by: all, request.isWhitened && isSquare)
    tile = request.tile.flatMap { zeros($0.count, by: all, true) }
    columnSums = ColumnSums(gradientCount: gradientCount)
    factorSquares = [Double](repeating: 0, count: isSquare ? 0 : factorCount)
  }

  /// Adds these to `totals`, whose lower triangles stay as they are.
  func add(to totals: inout GramSums) {
    totals.gradients.addUpperTriangle(gradients)
    if let raw { totals.raw!.addUpperTriangle(raw) }
    if let rawFactors { totals.rawFactors!.addUpperTriangle(rawFactors) }
    if let whitened { totals.whitened!.addUpperTriangle(whitened) }
    if let tile { totals.tile!.addAll(tile) }
    for row in factorSquares.indices { totals.factorSquares[row] += factorSquares[row] }
    if let columns { totals.columns = columns }
    totals.columnSums.add(columnSums)
  }

  /// What products of one block take [bytes].
  static func byteCount(_ request: GramRequest) -> Int {
    let (gradientCount, factorCount, all) = (request.gradientCount, request.factorCount, request.rowCount)
    let others: Int
    if let tile = request.tile {
      others = tile.count * all
    } else {
      let factors = request.hasRawFactors && !request.isRaw ? factorCount * factorCount : 0
      others = (request.isRaw ? all * all : 0) + (request.isWhitened ? all * all : 0) + factors
    }
    return (gradientCount * gradientCount + others) * MemoryLayout<Scalar>.stride
  }
}
