#if canImport(Darwin)
  internal import Darwin
#else
  internal import Glibc
#endif

/// Means over pairs of minibatches of two groups in one metric, and what they are without one minibatch.
struct GroupPairs: Sendable {
  /// What a minibatch's factor rows contribute: how the sums over all pairs without it grow when they leave the Fisher, to
  /// first order.
  struct Move: Sendable {
    /// The place of the minibatch; nil for rows of data that no gradient here is of.
    let place: Int?
    /// Growth of the sums of regrets and cosines, from group to group [K, K].
    let regrets: Matrix
    let cosines: Matrix
  }

  /// Places of each group's minibatches.
  private let members: [[Int]]
  private let groupOf: [Int]
  private let regrets: Sums
  private let cosines: Sums
  private let moves: [Int: Move]
  /// R_ij itself [n, n].
  private let values: Matrix
  /// Medians and logarithms of regrets; nil until they are asked for.
  private var typical: Typical?
  /// Places that moves are of, in order.
  private let movedPlaces: [Int]
  private let others: [Move]

  /// R_ij [n, n], chosen on i and paid on j, and cos_ij of minibatches of the groups `ids`, of which there are `groupCount`.
  init(regrets: Matrix, cosines: Matrix, ids: [Int], groupCount: Int, moves: [Move] = []) {
    var members = [[Int]](repeating: [], count: groupCount)
    for (place, group) in ids.enumerated() { members[group].append(place) }
    self.members = members
    groupOf = ids
    values = regrets
    self.regrets = Sums(regrets, ids, groupCount)
    self.cosines = Sums(cosines, ids, groupCount)
    self.moves = Dictionary(uniqueKeysWithValues: moves.compactMap { move in move.place.map { ($0, move) } })
    movedPlaces = self.moves.keys.sorted()
    others = moves.filter { $0.place == nil }
  }

  /// From inner products Q_ij.
  init(_ products: InnerProducts, ids: [Int], groupCount: Int) {
    self.init(regrets: products.regrets, cosines: products.cosines, ids: ids, groupCount: groupCount)
  }

  /// Sums over ordered pairs i ≠ j by group, and those of one minibatch with each group.
  private struct Sums: Sendable {
    /// Σ over i of the row's group, j of the column's [K, K].
    let total: Matrix
    /// Of minibatch i with each group, chosen on i [n, K], and paid on i [n, K].
    let chosen: Matrix
    let paid: Matrix

    init(_ values: Matrix, _ ids: [Int], _ groupCount: Int) {
      var chosen = Matrix(values.rowCount, groupCount)
      var paid = Matrix(values.rowCount, groupCount)
      var total = Matrix(groupCount, groupCount)
      for i in 0..<values.rowCount {
        for j in 0..<values.rowCount where i != j {
          chosen[i, ids[j]] += values[i, j]
          paid[j, ids[i]] += values[i, j]
          total[ids[i], ids[j]] += values[i, j]
        }
      }
      (self.total, self.chosen, self.paid) = (total, chosen, paid)
    }
  }

  /// What few large regrets do not carry along.
  private struct Typical: Sendable {
    /// From group to group [K · K]; nil where there is no pair.
    var medians: [Double?]
    /// Of log R_ij, R_ij below the least that counts as that.
    var logarithms: Sums
    /// Whether regrets are all 0.
    var isZero: [Bool]
  }

  /// The same with ``TransferMeasures/medianExcess`` and ``TransferMeasures/geometricMeanExcess``, which take a while.
  func findingTypical() -> GroupPairs {
    let count = members.count
    var medians = [Double?](repeating: nil, count: count * count)
    var floors = [Double](repeating: 0, count: count * count)
    for from in 0..<count {
      for to in 0..<count {
        let terms = members[from].flatMap { i in members[to].filter { $0 != i }.map { max(0, values[i, $0]) } }.sorted()
        guard let largest = terms.last else { continue }
        medians[from * count + to] = TypicalRegret.median(sorted: terms)
        floors[from * count + to] = TypicalRegret.smallestShare * largest
      }
    }
    let logarithms = Matrix(values.rowCount, values.rowCount) { i, j in
      let floor = floors[groupOf[i] * count + groupOf[j]]
      return floor > 0 ? log(max(floor, values[i, j])) : 0
    }
    var pairs = self
    pairs.typical = Typical(
      medians: medians, logarithms: Sums(logarithms, groupOf, count), isZero: floors.map { $0 <= 0 })
    return pairs
  }

  private func medianExcess(_ from: Int, _ to: Int) -> Double? {
    guard let typical, let across = typical.medians[from * members.count + to],
      let within = typical.medians[from * members.count + from]
    else { return nil }
    return across - within
  }

  private func geometricMeanExcess(_ from: Int, _ to: Int) -> Estimate? {
    guard let typical else { return nil }
    func mean(_ to: Int, _ leaving: Leaving) -> Double? {
      self.mean(typical.logarithms, nil, from, to, leaving).map {
        typical.isZero[from * members.count + to] ? 0 : exp($0)
      }
    }
    return beside(from, to, -, mean)
  }

  /// The measures from group `from` to group `to`; nil where there is no pair.
  func measures(_ from: Int, _ to: Int) -> TransferMeasures? {
    guard let regret = estimate(from, to, .logarithmic, { mean(regrets, \.regrets, from, to, $0) }),
      let cosine = estimate(from, to, .within(-1...1), { mean(cosines, \.cosines, from, to, $0) })
    else { return nil }
    return TransferMeasures(
      regret: regret, cosine: cosine, excess: excess(from, to), transfer: transfer(from, to),
      medianExcess: medianExcess(from, to), geometricMeanExcess: geometricMeanExcess(from, to))
  }

  /// R(A→B) − R(A→A).
  func excess(_ from: Int, _ to: Int) -> Estimate? {
    beside(from, to, -) { mean(regrets, \.regrets, from, $0, $1) }
  }

  /// cos(A→B) ÷ cos(A→A); nil unless the latter is larger than twice its standard error.
  func transfer(_ from: Int, _ to: Int) -> Estimate? {
    isCosineKnown(from) ? beside(from, to, /) { mean(cosines, \.cosines, from, $0, $1) } : nil
  }

  /// What a mean to B is beside the same within A, by `compare`.
  private func beside(
    _ from: Int, _ to: Int, _ compare: (Double, Double) -> Double, _ mean: (_ to: Int, Leaving) -> Double?
  ) -> Estimate? {
    estimate(from, to, .linear) { leaving in
      guard let across = mean(to, leaving), let within = mean(from, leaving) else { return nil }
      return compare(across, within)
    }
  }

  /// Whether cos(A→A) is larger than twice its standard error.
  private func isCosineKnown(_ group: Int) -> Bool {
    guard let own = estimate(group, group, .linear, { mean(cosines, \.cosines, group, group, $0) }),
      let error = own.standardError
    else { return false }
    return own.value > 2 * error
  }

  /// What is left out: nothing, a minibatch with its factor rows, or factor rows of other data.
  private enum Leaving {
    case nothing
    case minibatch(Int)
    case others(Int)
  }

  /// The mean over pairs from `from` to `to`; nil where no pair is left.
  private func mean(
    _ sums: Sums, _ growth: KeyPath<Move, Matrix>?, _ from: Int, _ to: Int, _ leaving: Leaving
  ) -> Double? {
    var sum = sums.total[from, to]
    var (count, others) = (members[from].count, members[to].count)
    switch leaving {
    case .nothing: break
    case .others(let index): if let growth { sum += self.others[index][keyPath: growth][from, to] }
    case .minibatch(let place):
      if groupOf[place] == from {
        sum -= sums.chosen[place, to]
        count -= 1
      }
      if groupOf[place] == to {
        sum -= sums.paid[place, from]
        others -= 1
      }
      if let growth, let move = moves[place] { sum += move[keyPath: growth][from, to] }
    }
    let pairs = from == to ? count * (count - 1) : count * others
    return pairs > 0 ? sum / Double(pairs) : nil
  }

  /// `statistic` with its jackknife error over the minibatches of either group, and over those whose factor rows alone
  /// matter to it; nil where it is not defined.
  private func estimate(
    _ from: Int, _ to: Int, _ scale: Jackknife.Scale, _ statistic: (Leaving) -> Double?
  ) -> Estimate? {
    guard let value = statistic(.nothing) else { return nil }
    var left: [[Double]] = []
    for group in from == to ? [from] : [from, to] {
      let without = members[group].compactMap { statistic(.minibatch($0)) }
      guard without.count == members[group].count, without.count >= 2 else {
        return Estimate(value: value, standardError: nil)
      }
      left.append(without)
    }
    var variance = 0.0
    for index in others.indices { variance += square((statistic(.others(index)) ?? value) - value) }
    for place in movedPlaces where groupOf[place] != from && groupOf[place] != to {
      variance += square((statistic(.minibatch(place)) ?? value) - value)
    }
    return Jackknife.estimate(value: value, left: left, scale: scale, variance: variance)
  }

  private func square(_ number: Double) -> Double { number * number }
}
