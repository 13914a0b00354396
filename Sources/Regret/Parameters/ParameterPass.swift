internal import Checkpoint
internal import Synchronization

/// Reads rows once more, beside θ, for what inner products of rows do not tell. All of it adds up over columns.
struct ParameterPass: Sendable {
  let input: AuditInput
  /// The factor rows of the Fisher; nil for `minibatch`, whose rows are gradients.
  let factors: (any ColumnBlocks)?
  /// Whether there is a usable Fisher.
  let hasFisher: Bool
  let workerCount: Int

  /// Numbers that a worker holds of all rows of a piece of columns, unless rows are very many.
  let pieceCount: Int

  /// The most of them: they stay in a processor's last cache.
  static let largestPiece = 1 << 20

  /// As many as a bound on all memory has room for.
  static func pieceCount(memoryBound: Int) -> Int { max(1 << 12, min(largestPiece, memoryBound / 64 / 8)) }

  /// Where the numbers of the sums are.
  var shape: ParameterShape {
    ParameterShape(
      gradientCount: input.referenceRows.count, rowCount: vector == nil ? 0 : fisherRows.rowCount,
      hasMean: factors == nil, tensorCount: vector == nil ? 0 : matrices.count)
  }

  /// The tensors of more than one axis, in the file's order.
  var matrices: [TensorColumns] { input.tensors.filter { $0.shape.count > 1 && $0.count > 0 } }

  /// θ; nil where nothing is to be made of it.
  private var vector: ParameterVector? { hasFisher ? input.parameters.map(ParameterVector.init) : nil }

  /// The rows that F is made of.
  private var fisherRows: any ColumnBlocks { factors ?? SelectedRows(Array(input.fisherRows), of: input.gradients) }

  /// The most memory that this takes of rows so many in all [bytes].
  static func byteCount(
    _ input: AuditInput, rowCount: Int, pieceCount: Int, workerCount: Int, hasFactors: Bool
  ) -> Int {
    let pieces = workerCount * (rowCount + 1) * (width(rowCount: rowCount, pieceCount: pieceCount) + 8) * 8
    guard input.parameters != nil else { return pieces }
    return max(
      pieces,
      input.tensors.map {
        RelativeFlatness.byteCount($0, pieceCount: pieceCount, workerCount: workerCount, hasMean: !hasFactors)
      }.max() ?? 0)
  }

  private static func width(rowCount: Int, pieceCount: Int) -> Int {
    max(64, min(4_096, pieceCount / max(1, rowCount) / 16 * 16))
  }

  /// The most memory that the sums take while they are passed on [bytes].
  static func sumByteCount(_ input: AuditInput, rowCount: Int) -> Int {
    guard input.parameters != nil else { return 0 }
    return 6 * 8 * (rowCount + 1) * (1 + input.tensors.count { $0.shape.count > 1 && $0.count > 0 })
  }

  /// The sums over the columns that are within `share`, whole tiles, and over the tensors that begin there. They do not depend on the
  /// number of workers, nor on how columns are shared.
  func sums(within share: Range<Int>? = nil) throws(CheckpointError) -> ParameterSums {
    let shape = shape
    let isFinite = try vector?.isFinite(within: share) ?? true
    let usable = isFinite ? vector : nil
    var sums = ParameterSums(shape)
    sums.columns = try columns(usable, share)
    if let usable { try addTerms(usable, share, to: &sums) }
    if !isFinite { sums.others[shape.unusable] = 1 }
    // Sums that left double precision would spoil those of others.
    if !sums.columns.value.elements.allSatisfy({ $0.isFinite }) || !sums.others.allSatisfy({ $0.isFinite }) {
      sums = ParameterSums(shape)
      sums.columns = try columns(nil, share)
      sums.others[shape.beyondRange] = 1
    }
    return sums
  }

  /// Signal-to-noise ratios, and the inner product of every row of the Fisher with θ where that is given.
  private func columns(
    _ vector: ParameterVector?, _ share: Range<Int>?
  ) throws(CheckpointError) -> MatrixAccumulator {
    let shape = shape
    let gradients = SelectedRows(Array(input.referenceRows), of: input.gradients)
    let others = vector.map { _ in fisherRows }
    let place = gradients.rowCount + shape.rowCount
    let width = Self.width(rowCount: place, pieceCount: pieceCount)
    let blocks = ColumnBlock.blocks(
      of: [0..<input.gradients.columnCount], tiles: input.gradients.tiles, piece: width
    ).map(\.columns).filter { share?.contains($0.lowerBound) ?? true }
    let total = Mutex(MatrixAccumulator(1, shape.columnSumCount))
    try OrderedWork.run(count: blocks.count, workerCount: workerCount) {
      BlockRows<Double>(rowCount: place + 1, width: width)
    } process: { rows, index throws(CheckpointError) -> [Double] in
      var numbers = [Double](repeating: 0, count: shape.columnSumCount)
      var ratios = SignalToNoise(count: gradients.rowCount)
      for columns in blocks[index].pieces(of: width) {
        try rows.load(gradients, at: 0, columns)
        if let others, let vector {
          try rows.load(others, at: gradients.rowCount, columns)
          try rows.load(vector.source, at: place, columns)
          numbers.withUnsafeMutableBufferPointer { numbers in
            Double.product(
              rows[gradients.rowCount], rows: others.rowCount, rows[place], others: 1, columns: columns.count,
              stride: rows.stride, into: numbers.baseAddress! + shape.projections.lowerBound, pitch: 1)
          }
        }
        ratios.add(rows, width: columns.count)
      }
      numbers.replaceSubrange(shape.ratios, with: ratios.numbers)
      return numbers
    } commit: { _, numbers in
      total.withLock { $0.add(numbers) }
      return nil
    }
    return total.withLock { $0 }
  }

  /// Adds ‖WᵀA_m‖² of the tensors that begin within `share`.
  private func addTerms(
    _ vector: ParameterVector, _ share: Range<Int>?, to sums: inout ParameterSums
  ) throws(CheckpointError) {
    for (place, tensor) in matrices.enumerated() where share?.contains(tensor.offset) ?? true {
      let weights = try vector.values(tensor.range)
      // Whoever checks these columns says so.
      guard weights.allSatisfy(\.isFinite) else { continue }
      sums.others.replaceSubrange(shape.terms(place), with: try terms(tensor, weights))
    }
  }

  /// Of every row of the Fisher; of gradients less their mean, and of the mean, where that is `minibatch`.
  private func terms(_ tensor: TensorColumns, _ weights: [Double]) throws(CheckpointError) -> [Double] {
    let rows = fisherRows
    guard factors == nil else {
      return try RelativeFlatness(tensor, weights: weights, rows: rows, pieceCount: pieceCount).terms(
        workerCount: workerCount)
    }
    var mean = [Double](repeating: 0, count: tensor.count)
    for row in 0..<rows.rowCount {
      for (column, value) in try RowReader.numbers(of: row, tensor.range, rows).enumerated() { mean[column] += value }
    }
    for column in mean.indices { mean[column] /= Double(rows.rowCount) }
    let alone = TensorColumns(name: tensor.name, shape: tensor.shape, offset: 0, count: tensor.count)
    let own = RelativeFlatness(
      alone, weights: weights, rows: ArrayBlocks(mean, columnCount: tensor.count), pieceCount: pieceCount)
    return try RelativeFlatness(tensor, weights: weights, rows: rows, mean: mean, pieceCount: pieceCount).terms(
      workerCount: workerCount)
      + own.terms(workerCount: 1)
  }
}
