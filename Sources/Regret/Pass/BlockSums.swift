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

  init(_ request: GramRequest) {
    func zeros(_ count: Int) -> [Scalar] { [Scalar](repeating: 0, count: count) }
    let counts = Self.counts(request)
    gradients = zeros(counts.gradients)
    raw = counts.raw.map(zeros)
    rawFactors = counts.rawFactors.map(zeros)
    whitened = counts.whitened.map(zeros)
    tile = counts.tile.map(zeros)
    columnSums = ColumnSums(gradientCount: request.gradientCount)
    factorSquares = [Double](repeating: 0, count: request.tile == nil ? 0 : request.factorCount)
  }

  /// What products of one block take [bytes].
  static func byteCount(_ request: GramRequest) -> Int {
    let counts = counts(request)
    let optional = [counts.raw, counts.rawFactors, counts.whitened, counts.tile]
    return (counts.gradients + optional.reduce(0) { $0 + ($1 ?? 0) }) * MemoryLayout<Scalar>.stride
  }

  /// How many products there are of each kind; nil where none are asked for.
  private static func counts(
    _ request: GramRequest
  ) -> (gradients: Int, raw: Int?, rawFactors: Int?, whitened: Int?, tile: Int?) {
    let (gradients, factors, all) = (request.gradientCount, request.factorCount, request.rowCount)
    if let tile = request.tile { return (gradients * gradients, nil, nil, nil, tile.count * all) }
    return (
      gradients * gradients, request.isRaw ? all * all : nil,
      request.hasRawFactors && !request.isRaw ? factors * factors : nil, request.isWhitened ? all * all : nil, nil
    )
  }
}
