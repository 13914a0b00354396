internal import Synchronization

/// How the sums of regrets and cosines over pairs of groups move without the factor rows of one minibatch, for the
/// population's estimate.
struct GroupMoves: Sendable {
  /// The minibatch of each place.
  let minibatches: [Int]
  /// Q of pairs (first, second), `products[second][first]`.
  let products: [[HeldOut.Pair]]
  let influence: FactorInfluence
  let layout: GroupLayout
  let workerCount: Int

  /// One for every group of factor rows, in their order.
  var moves: [GroupPairs.Move] {
    let ids = layout.ids
    let groups = minibatches.map { ids[$0] }
    let places = Dictionary(uniqueKeysWithValues: minibatches.enumerated().map { ($0.element, $0.offset) })
    let result = Mutex<[GroupPairs.Move]>([])
    OrderedWork.run(count: influence.groups.count, workerCount: workerCount) { index -> GroupPairs.Move in
      let growth = influence.growth(without: index)
      let place = places[influence.minibatch(of: index)]
      var regrets = Matrix(layout.names.count, layout.names.count)
      var cosines = regrets
      for (second, row) in products.enumerated() where second != place {
        for (first, pair) in row.enumerated() where first != place {
          let change = pair.change(
            HeldOut.Pair(
              first: growth[first, first], cross: growth[first, second], second: growth[second, second]))
          let (one, other) = (groups[first], groups[second])
          regrets[one, other] += change.there
          regrets[other, one] += change.back
          cosines[one, other] += change.cosine
          cosines[other, one] += change.cosine
        }
      }
      return GroupPairs.Move(place: place, regrets: regrets, cosines: cosines)
    } commit: { _, move in
      result.withLock { $0.append(move) }
    }
    return result.withLock { $0 }
  }
}
