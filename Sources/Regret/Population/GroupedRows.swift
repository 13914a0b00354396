/// Factor rows and gradients in coordinates where D = 1, the rows of each group beside each other.
///
/// Groups are what was drawn independently: the rows of a minibatch; a row of other data (id −1) is a group of its own.
struct GroupedRows: Sendable {
  /// S̃ [M, r].
  let rows: Matrix
  /// Rows of each group, in order and without gaps.
  let groups: [Range<Int>]
  /// Minibatch of each row, −1 for other data.
  let ids: [Int]
  /// G̃ [N, r].
  private(set) var gradients: Matrix
  /// g̃_iᵀg̃_j [N, N].
  private(set) var gram: Matrix
  /// The same of the parts outside the r coordinates; nil where there is nothing outside.
  private(set) var residual: Matrix?

  /// The rows of `space`, which belong to the minibatches `ids`.
  init(_ space: RangeCoordinates, ids: [Int]) {
    let order = ids.indices.sorted { (ids[$0], $0) < (ids[$1], $1) }
    let roots = space.values.map { $0.squareRoot() }
    rows = space.factorVectors.submatrix(order, 0..<roots.count).scalingColumns(by: roots)
    let sorted = order.map { ids[$0] }
    self.ids = sorted
    var groups: [Range<Int>] = []
    for (row, id) in sorted.enumerated() {
      if id >= 0, let last = groups.last, sorted[last.lowerBound] == id {
        groups[groups.count - 1] = last.lowerBound..<(row + 1)
      } else {
        groups.append(row..<(row + 1))
      }
    }
    self.groups = groups
    gradients = space.coordinates
    gram = space.gram
    residual = space.residual
  }

  /// The same with gradients times √`factor`.
  func scalingGradients(by factor: Double) -> GroupedRows {
    var scaled = self
    scaled.gradients = gradients * factor.squareRoot()
    scaled.gram = gram * factor
    scaled.residual = residual.map { $0 * factor }
    return scaled
  }

  /// Consecutive groups that have about `count` rows together, for products near the processor's rate.
  func pieces(of count: Int) -> [Range<Int>] {
    var pieces: [Range<Int>] = []
    var start = 0
    for index in groups.indices where groups[index].upperBound - groups[start].lowerBound >= count {
      pieces.append(start..<(index + 1))
      start = index + 1
    }
    return start < groups.count ? pieces + [start..<groups.count] : pieces
  }
}
