internal import Checkpoint

/// One worker's buffers, and what it does with a block of columns: read, widen, multiply, whiten, multiply.
///
/// Lives on one thread. All rows of the block stand in one buffer [N+M, width], G first.
final class BlockWorker<Scalar: WorkingScalar> {
  private let request: GramRequest
  private let width: Int
  private let block: BlockRows<Scalar>
  private var stride: Int { block.stride }
  private var rows: UnsafeMutablePointer<Scalar> { block.values }
  private let diagonal: UnsafeMutablePointer<Scalar>
  private let groupDiagonal: UnsafeMutablePointer<Scalar>
  private let groupSum: UnsafeMutablePointer<Scalar>
  private let groupSquare: UnsafeMutablePointer<Scalar>
  private let tiles: TileWorkspace?
  private var isKept = false
  /// Of the block that was processed last.
  private(set) var sums: BlockSums<Scalar>

  init(_ request: GramRequest, width: Int) {
    self.request = request
    self.width = width
    block = BlockRows(rowCount: request.rowCount, width: width)
    sums = BlockSums(request.shape)
    tiles = request.usesTiles ? TileWorkspace(rowCount: request.rowCount) : nil
    diagonal = .allocate(capacity: width)
    groupDiagonal = .allocate(capacity: width)
    groupSum = .allocate(capacity: width)
    groupSquare = .allocate(capacity: width)
  }

  deinit {
    diagonal.deallocate()
    groupDiagonal.deallocate()
    groupSum.deallocate()
    groupSquare.deallocate()
  }

  /// Makes ``sums`` those over `columns` of all rows, which are read and multiplied a piece that fits the buffer at a time.
  /// Adds what is read to `hashes` and calls `whenRead` when that is complete. Rows are kept as they stand only where
  /// `columns` are all of a tensor, which `isWhole` tells.
  func process(
    _ columns: Range<Int>, isWhole: Bool, hashes: RowHashes?, whenRead: () throws(CheckpointError) -> Void
  ) throws(CheckpointError) {
    sums.clear()
    isKept = isWhole && columns.count <= min(request.keptColumnLimit, width)
    for piece in columns.pieces(of: width) {
      try block.load(request.gradients, at: 0, piece, hashes)
      if let factors = request.factors { try block.load(factors, at: request.gradientCount, piece, hashes) }
      if piece.upperBound == columns.upperBound { try whenRead() }
      multiply(piece.count, &sums)
    }
  }

  private func multiply(_ count: Int, _ sums: inout BlockSums<Scalar>) {
    let gradients = 0..<request.gradientCount
    let factors = request.gradientCount..<request.rowCount
    let all = 0..<request.rowCount
    square(gradients, count, into: &sums.gradients)
    checkGradients(count, &sums)
    guard request.isWhitened || request.isRaw || request.hasRawFactors else {
      countTouched(count, &sums.columnSums)
      return
    }

    if request.hasUnitDiagonal {
      sums.columnSums.liveCount += count
      sums.columnSums.touchedCount += count
      sums.columnSums.trace += Double(count)
    } else {
      if request.factors == nil { gradientDiagonal(count) } else { block.meanSquares(factors, count, into: diagonal) }
      settleColumns(count, &sums.columnSums)
    }
    if isKept && request.keepsRawColumns { sums.columns = columns(count) }
    if sums.raw != nil {
      square(all, count, into: &sums.raw!)
    } else if sums.rawFactors != nil {
      square(factors, count, into: &sums.rawFactors!)
    }
    if let tile = request.tile, request.isRaw { multiply(tile, count, &sums) }
    guard request.isWhitened else { return }
    if !request.hasUnitDiagonal { block.scale(all, count, by: diagonal) }
    if isKept && !request.keepsRawColumns { sums.columns = columns(count) }
    if let groups = request.groups { groupDiagonals(groups, count, &sums.columnSums) }
    if sums.whitened != nil {
      square(all, count, into: &sums.whitened!)
    } else if let tile = request.tile, !request.isRaw {
      multiply(tile, count, &sums)
    }
  }

  /// Products of `rows` with each other as they stand.
  private func square(_ rows: Range<Int>, _ count: Int, into products: inout [Scalar]) {
    products.withUnsafeMutableBufferPointer {
      guard let products = $0.baseAddress else { return }
      Scalar.symmetricProduct(
        block[rows.lowerBound], rows: rows.count, columns: count, stride: stride, into: products, pitch: rows.count,
        tiles: tiles)
    }
  }

  /// Products of the rows `tile` with all rows as they stand, and the lengths of factor rows.
  private func multiply(_ tile: Range<Int>, _ count: Int, _ sums: inout BlockSums<Scalar>) {
    sums.tile!.withUnsafeMutableBufferPointer {
      Scalar.product(
        block[tile.lowerBound], rows: tile.count, rows, others: request.rowCount, columns: count, stride: stride,
        into: $0.baseAddress!, pitch: request.rowCount)
    }
    for row in sums.factorSquares.indices {
      let values = block[request.gradientCount + row]
      var sum: Scalar = 0
      for column in 0..<count { sum += values[column] * values[column] }
      sums.factorSquares[row] += Double(sum)
    }
  }

  /// Notes which gradients are not zero here, and products that are infinite, no number or too small to tell.
  private func checkGradients(_ count: Int, _ sums: inout BlockSums<Scalar>) {
    for row in 0..<request.gradientCount {
      let square = sums.gradients[row * request.gradientCount + row]
      if !square.isFinite {
        sums.columnSums.isOutOfRange = true
      } else if square >= Scalar.leastNormalMagnitude {
        sums.columnSums.isNonzero[row] = true
      } else {
        let values = rows + row * stride
        guard (0..<count).contains(where: { values[$0] != 0 }) else { continue }
        sums.columnSums.isNonzero[row] = true
        sums.columnSums.isOutOfRange = true
      }
    }
  }

  /// D_p = b·Var_i(g_ip) + ḡ_p², the diagonal of b·Cov(g) + ḡḡᵀ
  private func gradientDiagonal(_ count: Int) {
    let gradients = request.fisherRows
    let mean = groupSum
    mean.update(repeating: 0, count: count)
    for row in gradients {
      let values = rows + row * stride
      for column in 0..<count { mean[column] += values[column] }
    }
    let scale = 1 / Scalar(gradients.count)
    for column in 0..<count { mean[column] *= scale }
    diagonal.update(repeating: 0, count: count)
    for row in gradients {
      let values = rows + row * stride
      for column in 0..<count {
        let deviation = values[column] - mean[column]
        diagonal[column] += deviation * deviation
      }
    }
    let spread = Scalar(request.batchSize) / Scalar(max(1, gradients.count - 1))
    for column in 0..<count { diagonal[column] = spread * diagonal[column] + mean[column] * mean[column] }
  }

  /// Adds up D, clears dead columns of G, and leaves 1/√D in `diagonal`, 0 where dead.
  private func settleColumns(_ count: Int, _ sums: inout ColumnSums) {
    var trace = 0.0
    for column in 0..<count {
      let value = diagonal[column]
      if value >= Scalar.leastNormalMagnitude && value.isFinite {
        sums.liveCount += 1
        sums.touchedCount += 1
        trace += Double(value)
        diagonal[column] = 1 / value.squareRoot()
      } else {
        settleRareColumn(column, value, &sums)
      }
    }
    sums.trace += trace
  }

  private func settleRareColumn(_ column: Int, _ value: Scalar, _ sums: inout ColumnSums) {
    diagonal[column] = 0
    let made = request.factors == nil ? request.fisherRows : request.gradientCount..<request.rowCount
    let isLive = made.contains { rows[$0 * stride + column] != 0 }
    if isLive || !value.isFinite {
      sums.isOutOfRange = true
      sums.liveCount += 1
      sums.touchedCount += 1
      return
    }
    if (0..<request.gradientCount).contains(where: { rows[$0 * stride + column] != 0 }) { sums.touchedCount += 1 }
    for row in 0..<request.gradientCount {
      let gradient = Double(rows[row * stride + column])
      if row < request.referenceCount { sums.deadSquare += gradient * gradient }
      rows[row * stride + column] = 0
    }
  }

  /// Counts columns in which some gradient is not 0, where nothing else is asked of them.
  private func countTouched(_ count: Int, _ sums: inout ColumnSums) {
    for column in 0..<count where (0..<request.gradientCount).contains(where: { rows[$0 * stride + column] != 0 }) {
      sums.touchedCount += 1
    }
  }

  /// The rows as they stand, in double.
  private func columns(_ count: Int) -> Matrix {
    var columns = Matrix(request.rowCount, count)
    for row in 0..<request.rowCount {
      for column in 0..<count { columns[row, column] = Double(rows[row * stride + column]) }
    }
    return columns
  }

  /// Σ_k (F̃_k)²_pp and (F̄)²_pp of whitened columns: F̃_k the mean outer product of group k, or b times that of the
  /// centred gradient k for `minibatch`.
  private func groupDiagonals(_ groups: [[Int]], _ count: Int, _ sums: inout ColumnSums) {
    groupSquare.update(repeating: 0, count: count)
    let first = request.factors == nil ? 0 : request.gradientCount
    let centre = request.factors == nil ? groupMean(count) : nil
    let total = groupDiagonal
    let sum = UnsafeMutablePointer<Scalar>.allocate(capacity: count)
    defer {
      sum.deallocate()
      centre?.deallocate()
    }
    sum.update(repeating: 0, count: count)
    for group in groups {
      total.update(repeating: 0, count: count)
      for row in group {
        let values = rows + (first + row) * stride
        if let centre {
          for column in 0..<count {
            let deviation = values[column] - centre[column]
            total[column] += deviation * deviation
          }
        } else {
          for column in 0..<count { total[column] += values[column] * values[column] }
        }
      }
      let scale = request.factors == nil ? Scalar(request.batchSize) : 1 / Scalar(group.count)
      for column in 0..<count {
        let value = total[column] * scale
        sum[column] += value
        groupSquare[column] += value * value
      }
    }
    let scale = 1 / Double(groups.count)
    for column in 0..<count {
      sums.groupDiagonalSquare += Double(groupSquare[column])
      let whole = Double(sum[column]) * Double(sum[column])
      sums.meanDiagonalSquare += whole * scale * scale
      if request.factors != nil, whole > 0, whole < ColumnSums.thinGroupCount * Double(groupSquare[column]) {
        for row in 0..<request.referenceCount {
          let gradient = Double(rows[row * stride + column])
          sums.thinSquare += gradient * gradient
        }
      }
    }
  }

  /// Mean of the gradients' columns as they stand.
  private func groupMean(_ count: Int) -> UnsafeMutablePointer<Scalar> {
    let mean = UnsafeMutablePointer<Scalar>.allocate(capacity: count)
    mean.update(repeating: 0, count: count)
    for row in request.fisherRows {
      let values = rows + row * stride
      for column in 0..<count { mean[column] += values[column] }
    }
    let scale = 1 / Scalar(request.fisherRows.count)
    for column in 0..<count { mean[column] *= scale }
    return mean
  }
}
