internal import Checkpoint

/// How often chance alone pairs two lists at least as closely: the two-sided p-value of τ_b.
public struct PermutationTest: Hashable, Codable, Sendable {
  /// Share of pairings with |τ_b| at least as large as the one seen.
  public let pValue: Double
  /// Whether every pairing was counted; else the pairings were drawn.
  public let isExact: Bool

  /// Up to this many single members every pairing is counted: 8! = 40,320.
  static let exactLimit = 8

  /// Permutes y against x. `clusters` names what belongs together (runs that differ in their seed alone): whole clusters
  /// change places, since their members are not independent. Clusters of different sizes have no places to change: the test
  /// is then of their means. Draws give p = (1 + hits)/(1 + draws) (Phipson and Smyth 2010). nil where τ_b is.
  public init?(_ x: [Double], _ y: [Double], clusters: [Int]? = nil, draws: Int = 9_999, seed: UInt64 = 0) {
    var (x, y, units) = (x, y, Clusters(clusters, count: x.count))
    if Set(units.members.map(\.count)).count > 1 {
      (x, y, units) = (units.means(x), units.means(y), Clusters(nil, count: units.members.count))
    }
    guard KendallTau.b(x, y) != nil else { return nil }
    let ranks = PairedRanks(x, y)
    let seen = abs(ranks.score)
    var hits = 0
    if units.areSingle, x.count <= Self.exactLimit {
      var total = 0
      Self.forEachPermutation(of: x.count) { partners in
        total += 1
        if abs(ranks.score { partners[$0] }) >= seen { hits += 1 }
      }
      pValue = Double(hits) / Double(total)
      isExact = true
    } else {
      var generator = SplitMix64(seed: seed)
      for _ in 0..<draws {
        let partners = units.permuted(using: &generator)
        if abs(ranks.score { partners[$0] }) >= seen { hits += 1 }
      }
      pValue = Double(hits + 1) / Double(draws + 1)
      isExact = false
    }
  }

  /// Heap's algorithm.
  private static func forEachPermutation(of count: Int, _ body: ([Int]) -> Void) {
    var members = Array(0..<count)
    var counters = [Int](repeating: 0, count: count)
    body(members)
    var index = 1
    while index < count {
      if counters[index] < index {
        members.swapAt(index.isMultiple(of: 2) ? 0 : counters[index], index)
        body(members)
        counters[index] += 1
        index = 1
      } else {
        counters[index] = 0
        index += 1
      }
    }
  }
}
