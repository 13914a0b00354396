internal import Checkpoint
internal import Synchronization

/// The operator v ↦ K v, K = S̃S̃ᵀ, by streaming the factor rows: never a matrix of M² or P².
struct FactorProduct: Sendable {
  let factors: any ColumnBlocks
  let columns: [Range<Int>]
  /// Whether coordinates are those where diag F = 1; else raw ones times √`scale`.
  let isNormalized: Bool
  /// What K is multiplied by, 1/t for `identity`.
  let scale: Double
  let width: Int
  let workerCount: Int
  let isDouble: Bool
  var work: any ColumnWork = LocalWork()

  /// K times each row of `vectors` [n, M]; one read of the factor rows.
  func callAsFunction(_ vectors: Matrix) throws -> Matrix { try work.images(vectors, by: self) * scale }

  /// The same without ``scale``, over the columns that are within `share`, whole tiles.
  func read(_ vectors: Matrix, within share: Range<Int>? = nil) throws(CheckpointError) -> MatrixAccumulator {
    isDouble ? try multiply(vectors, share, in: Double.self) : try multiply(vectors, share, in: Float.self)
  }

  private func multiply<Scalar: WorkingScalar>(
    _ vectors: Matrix, _ share: Range<Int>?, in scalar: Scalar.Type
  ) throws(CheckpointError) -> MatrixAccumulator {
    let all = ColumnBlock.blocks(of: columns, tiles: factors.tiles, piece: width)
    let blocks = all.filter { share?.contains($0.columns.lowerBound) ?? true }
    let widest = min(width, blocks.map(\.columns.count).max() ?? 0)
    let total = Mutex(MatrixAccumulator(vectors.rowCount, vectors.columnCount))
    let narrow = vectors.elements.map { Scalar($0) }
    let waitingCount = OrderedWork.waitingCount(
      resultBytes: vectors.elements.count * MemoryLayout<Scalar>.stride, workerCount: workerCount)
    try OrderedWork.run(count: blocks.count, workerCount: workerCount, waitingCount: waitingCount) {
      FactorProductWorker<Scalar>(factors, isNormalized: isNormalized, vectorCount: vectors.rowCount, width: widest)
    } process: { worker, index throws(CheckpointError) in
      try worker.process(blocks[index].columns, narrow)
    } commit: { _, products in
      total.withLock { $0.add(products) }
      return nil
    }
    return total.withLock { $0 }
  }
}

/// One worker's buffers of a ``FactorProduct``. Lives on one thread.
private final class FactorProductWorker<Scalar: WorkingScalar> {
  private let factors: any ColumnBlocks
  private let isNormalized: Bool
  private let vectorCount: Int
  private let width: Int
  private let block: BlockRows<Scalar>
  private let diagonal: UnsafeMutablePointer<Scalar>
  private let images: UnsafeMutablePointer<Scalar>

  init(_ factors: any ColumnBlocks, isNormalized: Bool, vectorCount: Int, width: Int) {
    self.factors = factors
    self.isNormalized = isNormalized
    self.vectorCount = vectorCount
    self.width = width
    block = BlockRows(rowCount: factors.rowCount, width: width)
    diagonal = .allocate(capacity: max(1, width))
    images = .allocate(capacity: max(1, vectorCount * block.stride))
  }

  deinit {
    diagonal.deallocate()
    images.deallocate()
  }

  /// S̃(S̃ᵀv) over `columns` [n, M], a piece that fits the buffer at a time.
  func process(_ columns: Range<Int>, _ vectors: [Scalar]) throws(CheckpointError) -> [Scalar] {
    var products = [Scalar](repeating: 0, count: vectorCount * factors.rowCount)
    for piece in columns.pieces(of: width) { try add(piece, vectors, to: &products) }
    return products
  }

  private func add(_ columns: Range<Int>, _ vectors: [Scalar], to products: inout [Scalar]) throws(CheckpointError) {
    let count = columns.count
    let rows = 0..<factors.rowCount
    try block.load(factors, at: 0, columns)
    if isNormalized {
      block.meanSquares(rows, count, into: diagonal)
      for column in 0..<count { diagonal[column] = diagonal[column] > 0 ? 1 / diagonal[column].squareRoot() : 0 }
      block.scale(rows, count, by: diagonal)
    }
    Scalar.product(
      vectors, rows: vectorCount, inner: rows.count, block.values, columns: count, stride: block.stride, into: images,
      pitch: block.stride)
    products.withUnsafeMutableBufferPointer {
      guard let products = $0.baseAddress else { return }
      Scalar.product(
        images, rows: vectorCount, block.values, others: rows.count, columns: count, stride: block.stride,
        into: products, pitch: rows.count)
    }
  }
}
