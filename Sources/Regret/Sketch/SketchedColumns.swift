internal import Checkpoint
internal import Synchronization

/// The columns of sketched rows, a tensor at a time.
struct SketchedColumns {
  private let tensors: [Range<Int>]
  private let isWhole: [Bool]

  /// Of `tensors` of `parameterCounts`.
  init(_ tensors: [TensorColumns], parameterCounts: [Int]) {
    self.tensors = tensors.map(\.range)
    isWhole = zip(tensors, parameterCounts).map { $0.count == $1 }
  }

  /// Whether all tensors are whole.
  var isEmpty: Bool { isWhole.allSatisfy { $0 } }

  /// Σ_t f(R_tR_tᵀ, k_t) of the tensors t of k_t columns, R_t their columns of `gradients`, less `combination` times those of
  /// `factors` where told.
  func sum(
    _ gradients: any ColumnBlocks, _ factors: (any ColumnBlocks)?, _ combination: Matrix?, workerCount: Int,
    _ function: @Sendable (_ products: Matrix, _ columnCount: Int) -> [Double]
  ) throws -> [Double] {
    // They have been compared with their checksums before, in whole tiles.
    let (gradients, factors) = (CheckedRows(source: gradients), factors.map { CheckedRows(source: $0) })
    let (tensors, width) = (tensors, Self.width(gradients, factors))
    let pieces = tensors.indices.filter { !isWhole[$0] }.flatMap { tensor in
      tensors[tensor].pieces(of: width).map { (tensor: tensor, columns: $0) }
    }
    let state = Mutex(
      (products: Matrix(gradients.rowCount, gradients.rowCount), sum: [Double]()))
    try OrderedWork.run(count: pieces.count, workerCount: workerCount) { index in
      let columns = pieces[index].columns
      var rows = try RowReader.matrix(Array(0..<gradients.rowCount), of: gradients, columns)
      if let factors, let combination {
        rows = rows - combination * (try RowReader.matrix(Array(0..<factors.rowCount), of: factors, columns))
      }
      return rows.timesTransposed(rows)
    } commit: { index, products in
      state.withLock { state in
        state.products.add(products)
        guard index + 1 == pieces.count || pieces[index + 1].tensor != pieces[index].tensor else { return }
        let own = function(state.products, tensors[pieces[index].tensor].count)
        state.sum = state.sum.isEmpty ? own : zip(state.sum, own).map(+)
        state.products = Matrix(gradients.rowCount, gradients.rowCount)
      }
    }
    return state.withLock { $0.sum }
  }

  /// c of all columns together where tensor t by itself has c_t = 1 − d_t/k_t, d_t the `leverages` of its columns: 1/c is the mean of
  /// 1/c_t over what is left of the gradients there. Nil where nothing is.
  func ratio(
    _ gradients: any ColumnBlocks, _ factors: any ColumnBlocks, _ combination: Matrix, workerCount: Int,
    leverages: @Sendable (_ columns: Matrix) -> [Double]
  ) throws -> Double? {
    let (gradients, factors) = (CheckedRows(source: gradients), CheckedRows(source: factors))
    let width = Self.width(gradients, factors)
    let pieces = tensors.enumerated().flatMap { tensor, range in
      range.pieces(of: width).map { (tensor: tensor, columns: $0) }
    }
    let none = [[Double]](repeating: [Double](repeating: 0, count: gradients.rowCount), count: tensors.count)
    let state = Mutex((squares: none, dimensions: [Double](repeating: 0, count: tensors.count)))
    let isWhole = isWhole
    try OrderedWork.run(count: pieces.count, workerCount: workerCount) { index in
      let columns = pieces[index].columns
      let own = try RowReader.matrix(Array(0..<factors.rowCount), of: factors, columns)
      let rows =
        try RowReader.matrix(Array(0..<gradients.rowCount), of: gradients, columns) - combination * own
      let squares = rows.transposed.columnSquares()
      return (squares, isWhole[pieces[index].tensor] ? 0 : leverages(own).reduce(0, +))
    } commit: { index, part in
      state.withLock {
        let tensor = pieces[index].tensor
        for row in part.0.indices { $0.squares[tensor][row] += part.0[row] }
        $0.dimensions[tensor] += part.1
      }
    }
    let sums = state.withLock { $0 }
    let ratios = tensors.indices.map { tensor in
      isWhole[tensor]
        ? 1 : max(SketchCorrection.leastRatio, 1 - sums.dimensions[tensor] / Double(tensors[tensor].count))
    }
    // Every gradient counts alike.
    var (inverse, count) = (0.0, 0.0)
    for row in 0..<gradients.rowCount {
      let whole = sums.squares.reduce(0) { $0 + $1[row] }
      guard whole > 0 else { continue }
      inverse += tensors.indices.reduce(0) { $0 + sums.squares[$1][row] / whole / ratios[$1] }
      count += 1
    }
    return count > 0 ? count / inverse : nil
  }

  /// Columns whose numbers take 16 MiB, so that workers stay far below any bound on memory.
  private static func width(_ gradients: any ColumnBlocks, _ factors: (any ColumnBlocks)?) -> Int {
    max(64, min(2_048, (16 << 20) / 8 / (gradients.rowCount + (factors?.rowCount ?? 0))))
  }
}
