internal import Regret

/// Groups in an order in which those that agree stand together: a chain that grows at the end to which some group left
/// agrees most.
enum GroupOrder {
  /// Places of the groups of `measures`, by cosines in `metric`.
  static func places(_ measures: GroupMeasures, _ metric: Ball) -> [Int] {
    let count = measures.groups.count
    func agreement(_ one: Int, _ other: Int) -> Double {
      let both = [measures.pair(one, other), measures.pair(other, one)].compactMap { metric($0)?.cosine.value }
      return both.isEmpty ? -1 : both.reduce(0, +) / Double(both.count)
    }
    guard count > 2 else { return Array(0..<count) }
    let pairs = (0..<count).flatMap { one in (0..<one).map { ($0, one) } }
    let closest = pairs.max { agreement($0.0, $0.1) < agreement($1.0, $1.1) }!
    var chain = [closest.0, closest.1]
    while chain.count < count {
      let left = (0..<count).filter { !chain.contains($0) }
      let first = left.max { agreement($0, chain[0]) < agreement($1, chain[0]) }!
      let last = left.max { agreement($0, chain.last!) < agreement($1, chain.last!) }!
      if agreement(first, chain[0]) > agreement(last, chain.last!) {
        chain.insert(first, at: 0)
      } else {
        chain.append(last)
      }
    }
    // From either end it is the same chain: the reference's half comes first.
    let place = chain.firstIndex(of: measures.reference)!
    return 2 * place < count ? chain : chain.reversed()
  }
}
