internal import Checkpoint
internal import Synchronization

/// Factor rows read minibatch by minibatch, for what compares one minibatch's Fisher with the whole.
enum GroupSweep {
  /// ρ of `auto`; `scale` is 1/√D of the `live` columns, `normalized` F̃ of all rows.
  static func shrinkage(
    _ source: any ColumnBlocks, groups: [[Int]], live: [Int], scale: [Double], normalized: Matrix, workerCount: Int
  ) throws -> Double {
    // Where groups are equally large their mean is the whole, which is known.
    let isEven = Set(groups.map(\.count)).count == 1
    struct Piece: Sendable {
      var squares: [Double] = []
      var diagonal = 0.0
      var product: Matrix?
    }
    let pieces = chunks(groups, columns: source.columnCount)
    let totals = Mutex((Piece(), Matrix(isEven ? 0 : live.count, isEven ? 0 : live.count)))
    try OrderedWork.run(count: pieces.count, workerCount: workerCount) { index in
      var piece = Piece()
      var weighted = Matrix(0, live.count)
      for group in pieces[index] {
        let rows = try RowReader.matrix(group, of: source).submatrix(0..<group.count, live)
          .scalingColumns(by: scale)
        let count = Double(group.count)
        piece.squares.append(rows.smallerSquare().squaredFrobenius / (count * count))
        for square in rows.columnSquares() { piece.diagonal += square * square / (count * count) }
        if !isEven { weighted.append(rows * (1 / count.squareRoot())) }
      }
      if !isEven { piece.product = weighted.squareOfColumns() }
      return piece
    } commit: { _, piece in
      totals.withLock {
        $0.0.squares += piece.squares
        $0.0.diagonal += piece.diagonal
        if let product = piece.product { $0.1.add(product) }
      }
    }
    let (sums, product) = totals.withLock { $0 }
    let mean = isEven ? normalized : product * (1 / Double(groups.count))
    return Shrinkage.weight(
      groupSquares: sums.squares, meanSquare: mean.squaredFrobenius, groupDiagonalSquare: sums.diagonal,
      meanDiagonalSquare: mean.diagonal.reduce(0) { $0 + $1 * $1 })
  }

  /// Σ of `squares`, a column each, over columns whose D fewer than ``ColumnSums/thinGroupCount`` groups make.
  static func thinSquare(
    _ source: any ColumnBlocks, groups: [[Int]], live: [Int], squares: [Double], workerCount: Int
  ) throws -> Double {
    let pieces = chunks(groups, columns: source.columnCount)
    let zeros = [Double](repeating: 0, count: live.count)
    let totals = Mutex((sum: zeros, squares: zeros))
    try OrderedWork.run(count: pieces.count, workerCount: workerCount) { index in
      try pieces[index].map { group in
        try RowReader.matrix(group, of: source).submatrix(0..<group.count, live).columnSquares()
          .map { $0 / Double(group.count) }
      }
    } commit: { _, parts in
      totals.withLock {
        for part in parts {
          for (column, value) in part.enumerated() {
            $0.sum[column] += value
            $0.squares[column] += value * value
          }
        }
      }
    }
    let (sum, square) = totals.withLock { $0 }
    return live.indices.reduce(0) { total, column in
      let isThin = sum[column] * sum[column] < ColumnSums.thinGroupCount * square[column]
      return isThin ? total + squares[column] : total
    }
  }

  /// Eigenvalues of each minibatch's Fisher and of all known rows', which are given where all rows are known.
  static func spectra(
    _ source: any ColumnBlocks, groups: [[Int]], live: [Int], scale: [Double],
    whole: (raw: [Double], normalized: [Double])?, workerCount: Int
  ) throws -> (raw: GroupSpectra, normalized: GroupSpectra) {
    let total = Double(groups.reduce(0) { $0 + $1.count })
    let order = whole == nil ? live.count : 0
    let parts = Mutex((raw: [[Double]](), normalized: [[Double]](), square: Matrix(order, order)))
    try OrderedWork.run(count: groups.count, workerCount: workerCount) { index in
      let group = groups[index]
      let rows = try RowReader.matrix(group, of: source).submatrix(0..<group.count, live)
      return (
        eigenvalues(rows, count: group.count), eigenvalues(rows.scalingColumns(by: scale), count: group.count),
        whole == nil ? rows.squareOfColumns() : nil
      )
    } commit: { _, part in
      parts.withLock {
        $0.raw.append(part.0)
        $0.normalized.append(part.1)
        if let square = part.2 { $0.square.add(square) }
      }
    }
    let found = parts.withLock { $0 }
    let known: (raw: [Double], normalized: [Double])
    if let whole {
      known = whole
    } else {
      let fisher = found.square * (1 / total)
      known = (
        SymmetricEigen(fisher, withVectors: false).values,
        SymmetricEigen(fisher.scalingColumns(by: scale).scalingRows(by: scale), withVectors: false).values
      )
    }
    func spectra(_ whole: [Double], _ own: [[Double]]) -> GroupSpectra {
      GroupSpectra(
        whole: whole.map { max(0, $0) }, parts: zip(groups, own).map { (Double($0.count) / total, $1) })
    }
    return (spectra(known.raw, found.raw), spectra(known.normalized, found.normalized))
  }

  private static func eigenvalues(_ rows: Matrix, count: Int) -> [Double] {
    SymmetricEigen(rows.smallerSquare(), withVectors: false).values.map { max(0, $0) / Double(count) }
  }

  /// Consecutive groups of about as many rows as a worker holds at once.
  private static func chunks(_ groups: [[Int]], columns: Int) -> [[[Int]]] {
    let height = max(1, PrimalPass.rowBytes / 8 / columns)
    var result: [[[Int]]] = []
    var rows = 0
    for group in groups {
      if result.isEmpty || rows + group.count > height {
        result.append([])
        rows = 0
      }
      result[result.count - 1].append(group)
      rows += group.count
    }
    return result
  }
}
