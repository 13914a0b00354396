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

    static let parts: [WritableKeyPath<Terms, Double> & Sendable] = [\.regret, \.cosine, \.norm, \.spread, \.cross]

    func divided(by count: Double) -> Terms {
      Terms(
        regret: regret / count, cosine: cosine / count, norm: norm / count, spread: spread / count, cross: cross / count
      )
    }

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

  func estimate(capped: Double, thin: Double?) -> PopulationEstimate {
    let count = minibatches.count
    let terms = products.map { row in row.map { Terms($0) } }
    let sums = Terms.parts.map { part in
      PairSums(
        Matrix(count, count) { $0 == $1 ? 0 : terms[max($0, $1)][min($0, $1)][keyPath: part] })
    }
    func mean(leaving place: Int?) -> Terms {
      var mean = Terms()
      for (part, sums) in zip(Terms.parts, sums) { mean[keyPath: part] = sums.mean(leaving: place) }
      return mean
    }
    let pairs = Double(count * (count - 1) / 2)
    let whole = mean(leaving: nil)
    let moved = moves()
    var left: [Terms] = []
    if count >= 3 {
      let fewer = Double((count - 1) * (count - 2) / 2)
      left = (0..<count).map { place in
        mean(leaving: place) + (moved[minibatches[place]] ?? Terms()).divided(by: fewer)
      }
    }
    // Factor rows of data that no gradient here is of.
    let others = moved.filter { !minibatches.contains($0.key) }.sorted { $0.key < $1.key }.map {
      $0.value.divided(by: pairs)
    }
    func estimate(_ scale: Jackknife.Scale, _ statistic: (Terms) -> Double) -> Estimate {
      let value = statistic(whole)
      let variance = others.reduce(0) {
        let change = statistic(whole + $1) - value
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
      noiseScale: whole.cross > InnerProducts.rounding * whole.norm * whole.norm
        && (batchSize * whole.spread / whole.cross).isFinite
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
  private func moves() -> [Int: Terms] {
    guard let influence else { return [:] }
    let result = Mutex<[Int: Terms]>([:])
    OrderedWork.run(count: influence.groups.count, workerCount: workerCount) { group -> Terms in
      let growth = influence.growth(without: group)
      let minibatch = influence.minibatch(of: group)
      var sums = Terms()
      for (second, row) in products.enumerated() where minibatches[second] != minibatch {
        for (first, pair) in row.enumerated() where minibatches[first] != minibatch {
          let own = HeldOut.Pair(
            first: growth[first, first], cross: growth[first, second], second: growth[second, second])
          sums = sums + Terms(pair, growth: own)
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
