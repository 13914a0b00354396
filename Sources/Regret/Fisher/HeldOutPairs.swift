/// The regrets of all pairs, each under a Fisher that saw neither of its minibatches.
struct HeldOutPairs: Sendable {
  /// The minibatch of each row and column.
  let minibatches: [Int]
  /// R_ij, chosen on i and paid on j.
  let regrets: Matrix
  let cosines: Matrix
  /// ½(Q_ii + Q_jj) − Q_ij
  let spreads: Matrix
  /// Q of pairs (first, second), `products[second][first]`, first < second.
  let products: [[HeldOut.Pair]]

  /// From the inner products of pairs (first, second), `rows[second][first]`.
  init(minibatches: [Int], rows: [[HeldOut.Pair]]) {
    let count = minibatches.count
    var regrets = Matrix(count, count)
    var cosines = Matrix(count, count)
    var spreads = Matrix(count, count)
    for (second, row) in rows.enumerated() {
      for (first, pair) in row.enumerated() {
        let (a, b) = (pair.first.squareRoot(), pair.second.squareRoot())
        regrets[first, second] = InnerProducts.size(b - pair.cross / a)
        regrets[second, first] = InnerProducts.size(a - pair.cross / b)
        cosines[first, second] = InnerProducts.cosine(pair.cross, a, b)
        cosines[second, first] = cosines[first, second]
        spreads[first, second] = InnerProducts.size((pair.first + pair.second) / 2 - pair.cross)
        spreads[second, first] = spreads[first, second]
      }
    }
    self.minibatches = minibatches
    self.products = rows
    self.regrets = regrets
    self.cosines = cosines
    self.spreads = spreads
  }

  /// The pairs of the first `count` minibatches alone.
  func prefix(_ count: Int) -> HeldOutPairs {
    count == minibatches.count
      ? self : HeldOutPairs(minibatches: Array(minibatches.prefix(count)), rows: Array(products.prefix(count)))
  }

  /// The measures at harmonic mean batch size b.
  func statistics(batchSize: Double) -> HeldOutStatistics {
    func estimate(_ matrix: Matrix, _ scale: Jackknife.Scale) -> Estimate {
      let sums = PairSums(matrix)
      return Jackknife.estimate(count: minibatches.count, scale: scale) { sums.mean(leaving: $0) }
    }
    return HeldOutStatistics(
      regret: estimate(regrets, .logarithmic), cosine: estimate(cosines, .within(-1...1)),
      tic: estimate(spreads * batchSize, .logarithmic))
  }
}
