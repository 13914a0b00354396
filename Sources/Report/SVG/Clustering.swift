/// An order in which things that are alike stand together: leaves of a tree by average linkage.
enum Clustering {
  /// More are left as they are: the table of similarities grows with the square.
  static let largest = 2048

  /// Places of `count` things by their `similarity`, the mean of both directions. Clusters are joined by nearest-neighbour chains
  /// (Murtagh 1983), those of the largest mean similarity first, and turned so that the ends that meet are most alike.
  static func order(count: Int, _ similarity: (Int, Int) -> Double) -> [Int] {
    guard count > 2, count <= largest else { return Array(0..<count) }
    // A chain ends only where both directions are the same to the bit.
    func known(_ i: Int, _ j: Int) -> Double {
      let value = similarity(min(i, j), max(i, j)) / 2 + similarity(max(i, j), min(i, j)) / 2
      return value.isFinite ? value : -1
    }
    var table = (0..<count).map { i in (0..<count).map { j in i == j ? 0 : known(i, j) } }
    var leaves = (0..<count).map { [$0] }
    var active = Array(0..<count)
    var chain: [Int] = []
    while active.count > 1 {
      if chain.isEmpty { chain.append(active[0]) }
      let top = chain[chain.count - 1]
      let before = chain.count > 1 ? chain[chain.count - 2] : nil
      // Of equals the one before in the chain, so that it ends.
      var nearest = before ?? active.first { $0 != top }!
      for other in active where other != top && table[top][other] > table[top][nearest] { nearest = other }
      guard nearest == before else {
        chain.append(nearest)
        continue
      }
      chain.removeLast(2)
      let (one, other) = (min(top, nearest), max(top, nearest))
      let (a, b) = (Double(leaves[one].count), Double(leaves[other].count))
      for third in active where third != one && third != other {
        let mean = (a * table[one][third] + b * table[other][third]) / (a + b)
        table[one][third] = mean
        table[third][one] = mean
      }
      leaves[one] = joined(leaves[one], leaves[other], known)
      active.removeAll { $0 == other }
    }
    let order = leaves[active[0]]
    return order.first! <= order.last! ? order : order.reversed()
  }

  private static func joined(_ one: [Int], _ other: [Int], _ similarity: (Int, Int) -> Double) -> [Int] {
    let choices = [(one, other), (one, other.reversed()), (one.reversed(), other), (one.reversed(), other.reversed())]
    var best = choices[0]
    for choice in choices.dropFirst()
    where similarity(choice.0.last!, choice.1.first!) > similarity(best.0.last!, best.1.first!) {
      best = choice
    }
    return best.0 + best.1
  }
}
