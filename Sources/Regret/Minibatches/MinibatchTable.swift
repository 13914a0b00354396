internal import Checkpoint

/// Collects what is known of each minibatch, a metric at a time.
struct MinibatchTable {
  /// In the order of the input's rows.
  private(set) var summaries: [MinibatchSummary]
  /// The group of each row.
  private let groups: [Int]

  init(_ input: AuditInput, equalRows: [[Int]]) {
    let count = input.gradients.rowCount
    groups = input.layout == nil ? [Int](repeating: 0, count: count) : input.groups!.ids
    summaries = (0..<count).map { row in
      MinibatchSummary(
        row: row, euclidean: nil, inSample: nil, heldOutCosine: nil, heldOutRegret: nil, estimateCosine: nil,
        equalRows: equalRows.first { $0.contains(row) }?.filter { $0 != row } ?? [])
    }
  }

  /// What cancels to less than this share of Σ‖g‖² is rounding of products in float32.
  private static let rounding = 1e-6

  /// Adds `products` of the rows `kept` in one metric.
  mutating func add(
    _ products: InnerProducts, kept: [Int], as metric: WritableKeyPath<MinibatchSummary, MinibatchMeasures?>
  ) {
    let (matrix, norms) = (products.matrix, products.norms)
    for members in places(kept) {
      // In units of the largest, since sums of the largest numbers are none.
      let largest = members.map { matrix[$0, $0] }.max() ?? 1
      let sums = members.map { row in members.reduce(0) { $0 + matrix[row, $1] / largest } }
      let total = sums.reduce(0, +)
      let squares = members.reduce(0) { $0 + matrix[$1, $1] / largest }
      for (row, sum) in zip(members, sums) {
        summaries[kept[row]][keyPath: metric] = MinibatchMeasures(
          norm: norms[row],
          cosine: Self.mean(members, but: row) { InnerProducts.cosine(matrix[row, $0], norms[row], norms[$0]) },
          regret: Self.mean(members, but: row) {
            let cosine = InnerProducts.cosine(matrix[row, $0], norms[row], norms[$0])
            return (norms[row] + norms[$0]) / 2 * (1 - cosine)
          },
          share: total > Self.rounding * squares ? sum / total : nil)
      }
    }
  }

  /// Adds the mean of each row of `values` between the rows `kept`; where it is not symmetric, that of row and column.
  mutating func add(_ values: Matrix?, kept: [Int], as mean: WritableKeyPath<MinibatchSummary, Double?>) {
    guard let values else { return }
    for members in places(kept) {
      for row in members {
        summaries[kept[row]][keyPath: mean] = Self.mean(members, but: row) { (values[row, $0] + values[$0, row]) / 2 }
      }
    }
  }

  /// Places in `kept` of each group's rows.
  private func places(_ kept: [Int]) -> [[Int]] {
    Dictionary(grouping: kept.indices) { groups[kept[$0]] }.sorted { $0.key < $1.key }.map(\.value)
  }

  private static func mean(_ members: [Int], but row: Int, _ value: (Int) -> Double) -> Double? {
    guard members.count > 1 else { return nil }
    return members.reduce(0) { $1 == row ? $0 : $0 + value($1) } / Double(members.count - 1)
  }
}
