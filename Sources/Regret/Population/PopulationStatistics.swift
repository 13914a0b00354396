internal import Synchronization

/// Means over pairs of what a pair's inner products say, and how they move without one minibatch and its factor rows.
struct PopulationStatistics: Sendable {
  /// The minibatch of each place.
  let minibatches: [Int]
  /// Q of pairs (first, second), `products[second][first]`.
  let products: [[HeldOut.Pair]]
  let influence: FactorInfluence?
  let batchSize: Double
  let workerCount: Int

  /// What is averaged over unordered pairs.
  private struct Terms: Sendable {
    var regret = 0.0
    var cosine = 0.0
    var norm = 0.0
    var spread = 0.0
    var cross = 0.0

    static func + (left: Terms, right: Terms) -> Terms {
      Terms(
        regret: left.regret + right.regret, cosine: left.cosine + right.cosine, norm: left.norm + right.norm,
        spread: left.spread + right.spread, cross: left.cross + right.cross)
    }

    /// The five of one pair, and those of Q + growth to first order less the same.
    init(_ pair: HeldOut.Pair, growth: HeldOut.Pair? = nil) {
      let (a, b) = (pair.first.squareRoot(), pair.second.squareRoot())
      guard let growth else {
        self.init(
          regret: InnerProducts.size(((b - pair.cross / a) + (a - pair.cross / b)) / 2),
          cosine: InnerProducts.cosine(pair.cross, a, b), norm: (a + b) / 2,
          spread: InnerProducts.size((pair.first + pair.second) / 2 - pair.cross), cross: pair.cross)
        return
      }
      let change = pair.change(growth)
      self.init(
        regret: (change.there + change.back) / 2, cosine: change.cosine,
        norm: (growth.first / (2 * a) + growth.second / (2 * b)) / 2,
        spread: (growth.first + growth.second) / 2 - growth.cross, cross: growth.cross)
    }

    init(regret: Double = 0, cosine: Double = 0, norm: Double = 0, spread: Double = 0, cross: Double = 0) {
      self.regret = regret
      self.cosine = cosine
      self.norm = norm
      self.spread = spread
      self.cross = cross
    }
  }

  private struct Sums: Sendable {
    private var regret = PreciseSum()
    private var cosine = PreciseSum()
    private var norm = PreciseSum()
    private var spread = PreciseSum()
    private var cross = PreciseSum()

    static func += (sums: inout Sums, terms: Terms) {
      sums.regret += terms.regret
      sums.cosine += terms.cosine
      sums.norm += terms.norm
      sums.spread += terms.spread
      sums.cross += terms.cross
    }

    static func += (sums: inout Sums, other: Sums) {
      sums.regret += other.regret
      sums.cosine += other.cosine
      sums.norm += other.norm
      sums.spread += other.spread
      sums.cross += other.cross
    }

    static func - (sums: Sums, other: Sums) -> Sums {
      var rest = sums
      rest.regret = sums.regret - other.regret
      rest.cosine = sums.cosine - other.cosine
      rest.norm = sums.norm - other.norm
      rest.spread = sums.spread - other.spread
      rest.cross = sums.cross - other.cross
      return rest
    }

    func divided(by count: Double) -> Terms {
      Terms(
        regret: regret.value / count, cosine: cosine.value / count, norm: norm.value / count,
        spread: spread.value / count, cross: cross.value / count)
    }
  }

  func estimate(capped: Double, thin: Double?) -> PopulationEstimate {
    let count = minibatches.count
    var whole = Sums()
    var own = [Sums](repeating: Sums(), count: count)
    for (second, row) in products.enumerated() {
      for (first, pair) in row.enumerated() {
        let terms = Terms(pair)
        whole += terms
        own[first] += terms
        own[second] += terms
      }
    }
    let pairs = Double(count * (count - 1) / 2)
    let mean = whole.divided(by: pairs)
    let moved = moves()
    var left: [Terms] = []
    if count >= 3 {
      let fewer = Double((count - 1) * (count - 2) / 2)
      left = (0..<count).map { place in
        var rest = whole - own[place]
        if let moved = moved[minibatches[place]] { rest += moved }
        return rest.divided(by: fewer)
      }
    }
    // Factor rows of data that no gradient here is of.
    let others = moved.filter { !minibatches.contains($0.key) }.sorted { $0.key < $1.key }.map {
      $0.value.divided(by: pairs)
    }
    func estimate(_ scale: Jackknife.Scale, _ statistic: (Terms) -> Double) -> Estimate {
      let value = statistic(mean)
      let variance = others.reduce(0) {
        let change = statistic(mean + $1) - value
        return $0 + change * change
      }
      return Jackknife.estimate(value: value, left: left.map(statistic), scale: scale, variance: variance)
    }
    let norms = lengths()
    let effective = norms.reduce(0, +) * norms.reduce(0, +) / norms.reduce(0) { $0 + $1 * $1 }
    return PopulationEstimate(
      regret: estimate(.logarithmic) { $0.regret }, cosine: estimate(.within(-1...1)) { $0.cosine },
      norm: estimate(.logarithmic) { $0.norm }, relativeRegret: estimate(.within(0...2)) { $0.regret / $0.norm },
      tic: estimate(.logarithmic) { batchSize * $0.spread },
      noiseScale: mean.cross > InnerProducts.rounding * mean.norm * mean.norm
        && (batchSize * mean.spread / mean.cross).isFinite
        ? estimate(.logarithmic) { batchSize * $0.spread / $0.cross }
          .unbounded(where: estimate(.linear) { $0.cross }.reachesZero) : nil,
      capped: capped, thin: thin, effectiveMinibatches: effective,
      shortcoming: effective < PopulationEstimate.leastEffectiveMinibatches ? .fewMinibatches : nil,
      supported: nil, factorRows: nil)
  }

  /// Mean length of each gradient over its pairs, relative to the longest, whose square then stays in range.
  private func lengths() -> [Double] {
    var lengths = [Double](repeating: 0, count: minibatches.count)
    for (second, row) in products.enumerated() {
      for (first, pair) in row.enumerated() {
        lengths[first] += pair.first.squareRoot()
        lengths[second] += pair.second.squareRoot()
      }
    }
    let longest = lengths.max() ?? 1
    return lengths.map { $0 / longest }
  }

  /// By minibatch, or by −1 − row for other data: what the sums over all pairs without it gain without its factor rows.
  private func moves() -> [Int: Sums] {
    guard let influence else { return [:] }
    let result = Mutex<[Int: Sums]>([:])
    OrderedWork.run(count: influence.groups.count, workerCount: workerCount) { group -> Sums in
      let growth = influence.growth(without: group)
      let minibatch = influence.minibatch(of: group)
      var sums = Sums()
      for (second, row) in products.enumerated() where minibatches[second] != minibatch {
        for (first, pair) in row.enumerated() where minibatches[first] != minibatch {
          sums += Terms(
            pair,
            growth: HeldOut.Pair(
              first: growth[first, first], cross: growth[first, second], second: growth[second, second]))
        }
      }
      return sums
    } commit: { group, sums in
      let minibatch = influence.minibatch(of: group)
      result.withLock { $0[minibatch >= 0 ? minibatch : -1 - influence.groups[group].lowerBound] = sums }
    }
    return result.withLock { $0 }
  }
}
