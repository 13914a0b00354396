internal import Checkpoint
internal import Synchronization

/// Held-out pairs where minibatches have so many factor rows that each pair's Fisher is refactored [P, P] instead.
struct PrimalHeldOut: Sendable {
  /// F of all rows in the metric's coordinates up to a common factor, and the gradients there.
  let fisher: Matrix
  let isIdentity: Bool
  let gradients: Matrix
  let rows: any ColumnBlocks
  let live: [Int]
  let scale: [Double]
  let groups: FactorGroups
  /// Bytes for squares of minibatches that are kept.
  let memory: Int

  /// Whether pairs are cheaper from the m rows that each leaves out, m²P/2 + m³/3 multiplications, than from a factorisation
  /// of its Fisher, P³/3.
  static func downdatesPay(pairRows: Int, parameters: Int) -> Bool { pairRows * 3 < parameters * 2 }

  /// Q₋ with F₋ = (M·F − S_iᵀS_i − S_jᵀS_j)/M′. Nil where some pair leaves no row.
  func pairs(_ kept: [Int], weight: Double, workerCount: Int) throws -> HeldOutPairs? {
    let total = groups.ids.count
    let largest = kept.map { groups.rows[$0].count }.sorted(by: >).prefix(2).reduce(0, +)
    guard kept.count >= 2, largest < total else { return nil }
    let order = fisher.rowCount
    let whole = isIdentity ? fisher * (scale[0] * scale[0]) : fisher
    let room = memory / max(1, order * order * 8)
    let squares = Mutex([Matrix?](repeating: nil, count: kept.count))
    try OrderedWork.run(count: min(room, kept.count), workerCount: workerCount) { index in
      try square(kept[index])
    } commit: { index, matrix in
      squares.withLock { $0[index] = matrix }
    }
    let known = squares.withLock { $0 }
    let results = Mutex([[HeldOut.Pair]?](repeating: nil, count: kept.count))
    try OrderedWork.run(count: kept.count, workerCount: workerCount) { second -> [HeldOut.Pair]? in
      let own = try known[second] ?? square(kept[second])
      var row: [HeldOut.Pair] = []
      for first in 0..<second {
        let other = try known[first] ?? square(kept[first])
        let left = Double(total - groups.rows[kept[first]].count - groups.rows[kept[second]].count)
        let share = Double(total) / left
        var damped = Matrix(order, order)
        for index in damped.elements.indices {
          damped.elements[index] =
            whole.elements[index] * share - (own.elements[index] + other.elements[index]) / left
        }
        let two = gradients.submatrix([kept[first], kept[second]], 0..<order)
        guard let products = Cholesky(damped.damped(weight))?.innerProducts(two), products[0, 0] > 0,
          products[1, 1] > 0
        else { return nil }
        row.append(HeldOut.Pair(first: products[0, 0], cross: products[0, 1], second: products[1, 1]))
      }
      return row
    } commit: { second, row in
      results.withLock { $0[second] = row }
    }
    let rows = results.withLock { $0 }
    guard rows.allSatisfy({ $0 != nil }) else { return nil }
    return HeldOutPairs(minibatches: kept, rows: rows.map { $0! })
  }

  /// S_kᵀS_k of one minibatch in the metric's coordinates.
  private func square(_ minibatch: Int) throws(CheckpointError) -> Matrix {
    let own = groups.rows[minibatch]
    return try RowReader.matrix(own, of: rows).submatrix(0..<own.count, live).scalingColumns(by: scale)
      .squareOfColumns()
  }
}
