internal import Synchronization

/// Estimates the regret under the population's damped Fisher from factor rows that are too few for it.
///
/// With the weights W_k of ``GroupWeights``, M′ the rows that a pair leaves, A = Σ_{k≠i,j} S̃_kᵀW_kS̃_k/M′ + ρI and
/// C = A − ρI: Q = ½Σ_± g̃_iᵀ(ρI + (1 ± √s)C)⁻¹g̃_j, which is the inverse of A − sCA⁻¹C. That takes out what a group
/// lends itself because the others, without it, have a share s too little mass.
struct PopulationEstimator: Sendable {
  let rows: GroupedRows
  /// Places of the gradients that have a length, and how many of them, the first ones, the headline number is of.
  let kept: [Int]
  let referenceCount: Int
  /// The group of each gradient, and how many groups there are; nil where all are of one kind.
  let layout: GroupLayout?
  let batchSize: Double
  /// ``PopulationEstimate/thin``
  let thin: Double?
  let findsSupport: Bool
  let workerCount: Int
  private let groups: FactorGroups

  init(
    rows: GroupedRows, kept: [Int], referenceCount: Int, layout: GroupLayout? = nil, minibatchCount: Int,
    batchSize: Double, thin: Double?, findsSupport: Bool, workerCount: Int
  ) {
    self.rows = rows
    self.kept = kept
    self.referenceCount = referenceCount
    self.layout = layout
    self.batchSize = batchSize
    self.thin = thin
    self.findsSupport = findsSupport
    self.workerCount = workerCount
    groups = FactorGroups(rows.ids, minibatchCount: minibatchCount)
  }

  private var total: Double { Double(rows.rows.rowCount) }

  /// M/M′, M′ the mean number of rows that a pair of the headline number leaves.
  private var share: Double {
    let reference = kept.prefix(referenceCount)
    let own = reference.reduce(0) { $0 + groups.rows[$1].count }
    return total / (total - 2 * Double(own) / Double(reference.count))
  }

  /// s: the share of the rows that a group has, on the mean over rows, where a pair is left out.
  private var groupShare: Double {
    min(1, share * rows.groups.reduce(0) { $0 + Double($1.count * $1.count) } / (total * total))
  }

  struct Result {
    var estimate: PopulationEstimate
    /// Of all minibatches kept.
    let pairs: HeldOutPairs
    /// How sums over pairs of groups move without a minibatch's factor rows; empty without groups.
    let moves: [GroupPairs.Move]
  }

  /// The estimate and its pairs; nil where some pair leaves no row, or double precision is not enough.
  func estimate(weight: Double) -> Result? {
    guard referenceCount >= 2 else { return nil }
    guard weight < 1 else { return value(weight: weight, weights: nil) }
    guard let weights = weights(weight), var result = value(weight: weight, weights: weights) else {
      return nil
    }
    if let thin, thin > PopulationEstimate.largestThin {
      result.estimate.shortcoming = .thinCoordinates
    } else if !isEnough(weights) {
      result.estimate.shortcoming = .fewFactors
      if findsSupport, let (enough, there) = smallestSupported(above: weight, start: weights),
        let other = value(weight: enough, weights: there)?.estimate
      {
        result.estimate.supported = .init(weight: enough, regret: other.regret, cosine: other.cosine)
        result.estimate.factorRows = rowsNeeded(weights, there)
      }
    }
    return result
  }

  private func weights(_ weight: Double, start: GroupWeights? = nil, tolerance: Double = GroupWeights.tolerance)
    -> GroupWeights?
  {
    GroupWeights(
      rows, weight: weight, share: share, start: start?.own, tolerance: tolerance, workerCount: workerCount)
  }

  private func isEnough(_ weights: GroupWeights) -> Bool {
    weights.capped <= PopulationEstimate.largestCapped && weights.isSettled
  }

  /// The smallest of ``weights`` above `weight` at which the rows are enough; nil where none is.
  private func smallestSupported(above weight: Double, start: GroupWeights) -> (Double, GroupWeights)? {
    let candidates = Self.weights.filter { $0 > weight }
    var nearest = start
    var (low, high) = (0, candidates.count)
    while low < high {
      let middle = (low + high) / 2
      guard let rough = weights(candidates[middle], start: nearest, tolerance: Self.roughTolerance) else { return nil }
      nearest = rough
      if rough.capped <= PopulationEstimate.largestCapped { high = middle } else { low = middle + 1 }
    }
    for candidate in candidates[low...].prefix(2) {
      if let there = weights(candidate, start: nearest, tolerance: Self.otherTolerance), isEnough(there) {
        return (candidate, there)
      }
    }
    return nil
  }

  /// Enough to count which eigenvalues are beyond ``GroupWeights/cap``.
  private static let roughTolerance = 0.1
  /// Enough for the three digits of another ρ's number.
  private static let otherTolerance = 1e-3
  /// Values of ρ among which one is looked for that the rows are enough for.
  private static let weights = [1e4, 1e3, 100, 10].flatMap { unit in [1, 1.5, 2, 3, 4, 5, 6, 7, 8, 9].map { $0 / unit }
  }

  /// What a row lends itself falls as their number grows: so many rows that it is what it is where there are enough.
  private func rowsNeeded(_ weights: GroupWeights, _ enough: GroupWeights) -> Int? {
    guard enough.leverage > 0 else { return nil }
    return Int((total * max(1, weights.leverage / enough.leverage)).rounded(.up))
  }

  private func value(weight: Double, weights: GroupWeights?) -> Result? {
    let space: RangeCoordinates
    if let weights {
      guard let weighed = weights.weighed(rows) else { return nil }
      space = RangeCoordinates(
        rows: weighed, gradients: rows.gradients, gram: rows.gram, residual: rows.residual)
    } else {
      space = RangeCoordinates(rows: rows.rows, gradients: rows.gradients, gram: rows.gram, residual: rows.residual)
    }
    let root = groupShare.squareRoot()
    let sides = (weight < 1 ? [1 + root, 1 - root] : [1]).map {
      HeldOut.pairs(
        space.scalingFisher(by: $0), groups: groups, kept: kept, weight: weight, workerCount: workerCount)?.products
    }
    guard let first = sides.first ?? nil, let second = sides.last ?? nil else { return nil }
    let products = zip(first, second).map { one, other in
      zip(one, other).map {
        HeldOut.Pair(
          first: ($0.first + $1.first) / 2, cross: ($0.cross + $1.cross) / 2, second: ($0.second + $1.second) / 2)
      }
    }
    let influence =
      weight < 1
      ? FactorInfluence(
        space, rows: rows, groups: groups, kept: kept, weight: weight, rowsLeft: total / share,
        workerCount: workerCount) : nil
    let statistics = PopulationStatistics(
      minibatches: Array(kept.prefix(referenceCount)), products: Array(products.prefix(referenceCount)),
      influence: influence, batchSize: batchSize, workerCount: workerCount)
    let moves = layout.flatMap { layout in
      influence.map { influence in
        GroupMoves(
          minibatches: kept, products: products, influence: influence, layout: layout, workerCount: workerCount
        ).moves
      }
    }
    return Result(
      estimate: statistics.estimate(capped: weights?.capped ?? 0, thin: thin),
      pairs: HeldOutPairs(minibatches: kept, rows: products), moves: moves ?? [])
  }
}
