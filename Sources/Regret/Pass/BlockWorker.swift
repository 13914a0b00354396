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
  /// Products of the block.
  private let gradientProducts: UnsafeMutablePointer<Scalar>
  private let rawProducts: UnsafeMutablePointer<Scalar>?
  private let rawFactorProducts: UnsafeMutablePointer<Scalar>?
  private let whitenedProducts: UnsafeMutablePointer<Scalar>?
  private let tileProducts: UnsafeMutablePointer<Scalar>?
  private let diagonal: UnsafeMutablePointer<Scalar>
  private let groupDiagonal: UnsafeMutablePointer<Scalar>
  private let groupSum: UnsafeMutablePointer<Scalar>
  private let groupSquare: UnsafeMutablePointer<Scalar>
  private var factorSquares: [Double]
  private var small: GramSums
  private var isKept = false
  /// Sums of a part that this worker's last block completed.
  var complete: GramSums?

  init(_ request: GramRequest, width: Int) {
    self.request = request
    self.width = width
    block = BlockRows(rowCount: request.rowCount, width: width)
    func square(_ count: Int, _ isNeeded: Bool) -> UnsafeMutablePointer<Scalar>? {
      isNeeded ? .allocate(capacity: max(1, count * count)) : nil
    }
    gradientProducts = square(request.gradientCount, true)!
    let isSquare = request.tile == nil
    rawProducts = square(request.rowCount, request.isRaw && isSquare)
    rawFactorProducts = square(request.factorCount, request.hasRawFactors && !request.isRaw && isSquare)
    whitenedProducts = square(request.rowCount, request.isWhitened && isSquare)
    tileProducts = request.tile.map { .allocate(capacity: max(1, $0.count * request.rowCount)) }
    factorSquares = [Double](repeating: 0, count: request.tile == nil ? 0 : request.factorCount)
    diagonal = .allocate(capacity: width)
    groupDiagonal = .allocate(capacity: width)
    groupSum = .allocate(capacity: width)
    groupSquare = .allocate(capacity: width)
    var scalars = request
    (scalars.isRaw, scalars.hasRawFactors, scalars.isWhitened, scalars.tile) = (false, false, false, nil)
    small = GramSums(scalars)
  }

  deinit {
    gradientProducts.deallocate()
    rawProducts?.deallocate()
    rawFactorProducts?.deallocate()
    whitenedProducts?.deallocate()
    tileProducts?.deallocate()
    diagonal.deallocate()
    groupDiagonal.deallocate()
    groupSum.deallocate()
    groupSquare.deallocate()
  }

  /// Reads `columns` of all rows and forms their products, a piece that fits the buffer at a time. Adds what is read to
  /// `hashes` and calls `whenRead` when that is complete.
  func process(
    _ columns: Range<Int>, hashes: RowHashes?, whenRead: () throws(CheckpointError) -> Void
  ) throws(CheckpointError) {
    (small.liveCount, small.deadSquare, small.trace) = (0, 0, 0)
    (small.groupDiagonalSquare, small.meanDiagonalSquare) = (0, 0)
    small.isOutOfRange = false
    for row in small.isNonzero.indices { small.isNonzero[row] = false }
    for row in factorSquares.indices { factorSquares[row] = 0 }
    isKept = columns.count <= request.keptColumnLimit
    for piece in columns.pieces(of: width) {
      try block.load(request.gradients, at: 0, piece, hashes)
      if let factors = request.factors { try block.load(factors, at: request.gradientCount, piece, hashes) }
      if piece.upperBound == columns.upperBound { try whenRead() }
      multiply(piece.count, isAdded: piece.lowerBound > columns.lowerBound)
    }
  }

  private func multiply(_ count: Int, isAdded: Bool) {
    let gradients = 0..<request.gradientCount
    let factors = request.gradientCount..<request.rowCount
    let all = 0..<request.rowCount
    square(gradients, count, isAdded, into: gradientProducts)
    checkGradients(count)
    guard request.isWhitened || request.isRaw || request.hasRawFactors else { return }

    if request.factors == nil { gradientDiagonal(count) } else { block.meanSquares(factors, count, into: diagonal) }
    settleColumns(count)
    if isKept && request.keepsRawColumns { keepColumns(count) }
    if let rawProducts {
      square(all, count, isAdded, into: rawProducts)
    } else if let rawFactorProducts {
      square(factors, count, isAdded, into: rawFactorProducts)
    }
    if let tile = request.tile, request.isRaw { multiply(tile, count, isAdded) }
    guard request.isWhitened else { return }
    block.scale(all, count, by: diagonal)
    if isKept && !request.keepsRawColumns { keepColumns(count) }
    if let groups = request.groups { groupDiagonals(groups, count) }
    if let whitenedProducts {
      square(all, count, isAdded, into: whitenedProducts)
    } else if let tile = request.tile, !request.isRaw {
      multiply(tile, count, isAdded)
    }
  }

  /// Products of `rows` with each other as they stand.
  private func square(
    _ rows: Range<Int>, _ count: Int, _ isAdded: Bool, into products: UnsafeMutablePointer<Scalar>
  ) {
    Scalar.symmetricProduct(
      block[rows.lowerBound], rows: rows.count, columns: count, stride: stride, isAdded: isAdded, into: products,
      pitch: rows.count)
  }

  /// Products of the rows `tile` with all rows as they stand, and the lengths of factor rows.
  private func multiply(_ tile: Range<Int>, _ count: Int, _ isAdded: Bool) {
    Scalar.product(
      block[tile.lowerBound], rows: tile.count, rows, others: request.rowCount, columns: count, stride: stride,
      isAdded: isAdded, into: tileProducts!, pitch: request.rowCount)
    for row in factorSquares.indices {
      let values = block[request.gradientCount + row]
      var sum: Scalar = 0
      for column in 0..<count { sum += values[column] * values[column] }
      factorSquares[row] += Double(sum)
    }
  }

  /// Adds the products of the last block to `totals`.
  func commit(to totals: inout GramSums) {
    totals.gradients.addUpperTriangle(gradientProducts)
    if let rawProducts { totals.raw!.addUpperTriangle(rawProducts) }
    if let rawFactorProducts { totals.rawFactors!.addUpperTriangle(rawFactorProducts) }
    if let whitenedProducts { totals.whitened!.addUpperTriangle(whitenedProducts) }
    if let tileProducts {
      totals.tile!.addAll(tileProducts)
      for row in factorSquares.indices { totals.factorSquares[row] += factorSquares[row] }
    }
    totals.liveCount += small.liveCount
    totals.deadSquare += small.deadSquare
    totals.trace += small.trace
    totals.groupDiagonalSquare += small.groupDiagonalSquare
    totals.meanDiagonalSquare += small.meanDiagonalSquare
    totals.isOutOfRange = totals.isOutOfRange || small.isOutOfRange
    if isKept { totals.columns = small.columns }
    for row in totals.isNonzero.indices where small.isNonzero[row] { totals.isNonzero[row] = true }
  }

  /// Notes which gradients are not zero here, and products that are infinite, no number or too small to tell.
  private func checkGradients(_ count: Int) {
    for row in 0..<request.gradientCount {
      let square = gradientProducts[row * request.gradientCount + row]
      if !square.isFinite {
        small.isOutOfRange = true
      } else if square >= Scalar.leastNormalMagnitude {
        small.isNonzero[row] = true
      } else {
        let values = rows + row * stride
        guard (0..<count).contains(where: { values[$0] != 0 }) else { continue }
        small.isNonzero[row] = true
        small.isOutOfRange = true
      }
    }
  }

  /// D_p = b·Var_i(g_ip) + ḡ_p², the diagonal of b·Cov(g) + ḡḡᵀ
  private func gradientDiagonal(_ count: Int) {
    let gradients = request.gradientCount
    let mean = groupSum
    mean.update(repeating: 0, count: count)
    for row in 0..<gradients {
      let values = rows + row * stride
      for column in 0..<count { mean[column] += values[column] }
    }
    let scale = 1 / Scalar(gradients)
    for column in 0..<count { mean[column] *= scale }
    diagonal.update(repeating: 0, count: count)
    for row in 0..<gradients {
      let values = rows + row * stride
      for column in 0..<count {
        let deviation = values[column] - mean[column]
        diagonal[column] += deviation * deviation
      }
    }
    let spread = Scalar(request.batchSize) / Scalar(max(1, gradients - 1))
    for column in 0..<count { diagonal[column] = spread * diagonal[column] + mean[column] * mean[column] }
  }

  /// Adds up D, clears dead columns of G, and leaves 1/√D in `diagonal`, 0 where dead.
  private func settleColumns(_ count: Int) {
    var trace = 0.0
    for column in 0..<count {
      let value = diagonal[column]
      if value >= Scalar.leastNormalMagnitude && value.isFinite {
        small.liveCount += 1
        trace += Double(value)
        diagonal[column] = 1 / value.squareRoot()
      } else {
        settleRareColumn(column, value)
      }
    }
    small.trace += trace
  }

  private func settleRareColumn(_ column: Int, _ value: Scalar) {
    diagonal[column] = 0
    let first = request.factors == nil ? 0 : request.gradientCount
    let isLive = (first..<request.rowCount).contains { rows[$0 * stride + column] != 0 }
    if isLive || !value.isFinite {
      small.isOutOfRange = true
      small.liveCount += 1
      return
    }
    for row in 0..<request.gradientCount {
      let gradient = Double(rows[row * stride + column])
      small.deadSquare += gradient * gradient
      rows[row * stride + column] = 0
    }
  }

  /// Keeps the rows as they stand, in double.
  private func keepColumns(_ count: Int) {
    var columns = Matrix(request.rowCount, count)
    for row in 0..<request.rowCount {
      for column in 0..<count { columns[row, column] = Double(rows[row * stride + column]) }
    }
    small.columns = columns
  }

  /// Σ_k (F̃_k)²_pp and (F̄)²_pp of whitened columns: F̃_k the mean outer product of group k, or b times that of the
  /// centred gradient k for `minibatch`.
  private func groupDiagonals(_ groups: [[Int]], _ count: Int) {
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
      small.groupDiagonalSquare += Double(groupSquare[column])
      small.meanDiagonalSquare += Double(sum[column]) * scale * Double(sum[column]) * scale
    }
  }

  /// Mean of the gradients' columns as they stand.
  private func groupMean(_ count: Int) -> UnsafeMutablePointer<Scalar> {
    let mean = UnsafeMutablePointer<Scalar>.allocate(capacity: count)
    mean.update(repeating: 0, count: count)
    for row in 0..<request.gradientCount {
      let values = rows + row * stride
      for column in 0..<count { mean[column] += values[column] }
    }
    let scale = 1 / Scalar(request.gradientCount)
    for column in 0..<count { mean[column] *= scale }
    return mean
  }
}
