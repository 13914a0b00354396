internal import Checkpoint
internal import Synchronization

/// The columns of tensors that are not whole, a tensor at a time.
struct SketchedColumns {
  private let tensors: [Range<Int>]

  /// Of `tensors` of `parameterCounts`.
  init(_ tensors: [TensorColumns], parameterCounts: [Int]) {
    self.tensors = zip(tensors, parameterCounts).filter { $0.count < $1 }.map(\.0.range)
  }

  /// Whether all tensors are whole.
  var isEmpty: Bool { tensors.isEmpty }

  /// Σ_t f(R_tR_tᵀ, k_t) of the tensors t of k_t columns, R_t their columns of `gradients`, less `combination` times those of
  /// `factors` where told.
  func sum(
    _ gradients: any ColumnBlocks, _ factors: (any ColumnBlocks)?, _ combination: Matrix?, workerCount: Int,
    _ function: @Sendable (_ products: Matrix, _ columnCount: Int) -> [Double]
  ) throws -> [Double] {
    // They have been compared with their checksums before, in whole tiles.
    let (gradients, factors) = (CheckedRows(source: gradients), factors.map { CheckedRows(source: $0) })
    let pieces = tensors.enumerated().flatMap { tensor, range in
      range.pieces(of: Self.width).map { (tensor: tensor, columns: $0) }
    }
    let tensors = tensors
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

  private static let width = 2_048
}
