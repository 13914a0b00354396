/// τ_b of clusters that are drawn with replacement.
///
/// Two copies of one cluster are no independent pair: their members differ by what differs within a cluster, such as by their
/// seeds, and would pull τ_b towards what it is there. So pairs between copies are not counted; those within each copy are.
struct ResampledKendall: Sendable {
  private let x: [Double]
  private let y: [Double]
  /// Pairs within each cluster.
  private let within: [PairedRanks.Counts]

  /// Of paired values that are finite.
  init(_ x: [Double], _ y: [Double], clusters: [Int]?) {
    self.x = x
    self.y = y
    within = Clusters(clusters, count: x.count).members.map { members in
      members.count > 1 ? PairedRanks(members.map { x[$0] }, members.map { y[$0] }).counts : PairedRanks.Counts()
    }
  }

  /// τ_b of those that were `drawn`; nil where one side is constant.
  func b(_ drawn: Resample) -> Double? {
    var counts = PairedRanks(drawn.members.map { x[$0] }, drawn.members.map { y[$0] }).counts
    for (own, times) in zip(within, drawn.times) where times > 1 {
      // Each pair within a cluster stands twice between each two of its copies.
      let pairs = times * (times - 1)
      counts.score -= pairs * own.score
      counts.x -= pairs * own.x
      counts.y -= pairs * own.y
    }
    return counts.tauB
  }
}
