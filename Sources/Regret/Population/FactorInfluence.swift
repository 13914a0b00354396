internal import Synchronization

/// How the inner products of pairs move where the factor rows of one group are left out, to first order.
///
/// With y_a = S̃WA₋ₐ⁻¹g̃_a, A₋ₐ without the rows of minibatch a, and T_k(a, b) the inner product of y_a and y_b over group k
/// divided by M′: Q_ab grows by (T_k − m_k/M′·ΣT)/(1 − m_k/M′), since the mean is then over fewer rows.
struct FactorInfluence: Sendable {
  /// y [n, M], of the gradients kept, 0 in the rows of their own minibatch.
  private let responses: Matrix
  private let rows: GroupedRows
  private let scale: Double
  private let rowsLeft: Double
  /// ΣT(a, b) [n, n].
  private let total: Matrix

  /// Groups of rows.
  var groups: [Range<Int>] { rows.groups }

  init(
    _ space: RangeCoordinates, rows: GroupedRows, groups: FactorGroups, kept: [Int], weight: Double, rowsLeft: Double,
    workerCount: Int
  ) {
    self.rows = rows
    self.rowsLeft = rowsLeft
    let shift = weight * rowsLeft / (1 - weight)
    scale = rowsLeft / (1 - weight)
    let roots = space.values.map { 1 / ($0 + shift).squareRoot() }
    let factors = space.values.map { $0.squareRoot() }
    let all = 0..<space.values.count
    let result = Mutex(Matrix(0, rows.rows.rowCount))
    OrderedWork.run(count: kept.count, workerCount: workerCount) { index -> Matrix in
      let own = groups.rows[kept[index]]
      // Where A₋ₐ = I less what the own rows lend, whitened by A.
      var gradient = space.coordinates.rows(kept[index]..<(kept[index] + 1)).scalingColumns(by: roots)
      if !own.isEmpty {
        let lent = space.factorVectors.submatrix(own, all).scalingColumns(by: zip(factors, roots).map { $0 * $1 })
        let left = Matrix.identity(own.count) - lent.timesTransposed(lent)
        if let factor = Cholesky(left) {
          gradient = gradient + factor.solve(rows: gradient.timesTransposed(lent)) * lent
        }
      }
      let place = gradient.scalingColumns(by: zip(factors, roots).map { $0 * $1 })
      var response = place.timesTransposed(space.factorVectors)
      for row in own { response[0, row] = 0 }
      return response
    } commit: { _, response in
      result.withLock { $0.append(response) }
    }
    responses = result.withLock { $0 }
    total = responses.timesTransposed(responses) * scale
  }

  /// What Q_ab grows by without `group`; 0 where it is a minibatch of the pair, whose rows are left out anyway.
  func growth(without group: Int) -> Matrix {
    let range = rows.groups[group]
    let part = responses.columns(range)
    let share = Double(range.count) / rowsLeft
    var growth = part.timesTransposed(part) * scale
    let rest = max(1 - share, 0.5)
    for index in growth.elements.indices {
      growth.elements[index] = (growth.elements[index] - share * total.elements[index]) / rest
    }
    return growth
  }

  /// The minibatch of a group, −1 for other data.
  func minibatch(of group: Int) -> Int { rows.ids[rows.groups[group].lowerBound] }
}
