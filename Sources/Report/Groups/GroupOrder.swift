internal import Regret

/// Groups in an order in which those that agree stand together.
enum GroupOrder {
  /// Places of the groups of `measures`, by cosines in `metric`.
  static func places(_ measures: GroupMeasures, _ metric: Ball) -> [Int] {
    let count = measures.groups.count
    func agreement(_ one: Int, _ other: Int) -> Double {
      let both = [measures.pair(one, other), measures.pair(other, one)].compactMap { metric($0)?.cosine.value }
      return both.isEmpty ? -1 : both.reduce(0, +) / Double(both.count)
    }
    let chain = Clustering.order(count: count, agreement)
    // From either end it is the same chain: the reference's half comes first.
    let place = chain.firstIndex(of: measures.reference)!
    return 2 * place < count ? chain : chain.reversed()
  }
}
