/// Rows of factors by the minibatch they came from.
struct FactorGroups: Sendable {
  /// Minibatch of each row, −1 for other data.
  let ids: [Int]
  /// Rows of each minibatch of 0…N−1; empty where a minibatch has none.
  let rows: [[Int]]

  init(_ ids: [Int], minibatchCount: Int) {
    self.ids = ids
    var rows = [[Int]](repeating: [], count: minibatchCount)
    for (row, id) in ids.enumerated() where id >= 0 { rows[id].append(row) }
    self.rows = rows
  }

  /// The groups of known minibatches that have rows.
  var known: [[Int]] { rows.filter { !$0.isEmpty } }

  /// Groups for the weight of `auto`: minibatches, rows of −1 together being one; single rows where no ids are stored
  /// or there is one group only.
  static func forShrinkage(_ ids: [Int]?, factorCount: Int) -> [[Int]] {
    let single = (0..<factorCount).map { [$0] }
    guard let ids else { return single }
    var groups: [Int: [Int]] = [:]
    for (row, id) in ids.enumerated() { groups[id, default: []].append(row) }
    guard groups.count > 1 else { return single }
    return groups.keys.sorted().map { groups[$0]! }
  }
}
