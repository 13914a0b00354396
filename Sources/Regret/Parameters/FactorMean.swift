internal import Checkpoint

/// A mean over factor rows of what each of them tells, with the error from leaving out one minibatch's rows at a time.
struct FactorMean: Sendable {
  private let groups: [[Int]]
  private let count: Int

  init(_ factors: FactorRows) {
    count = factors.rows.rowCount
    groups = FactorGroups.forShrinkage(factors.minibatches, factorCount: count)
  }

  /// The mean of `terms` [M]; nil where it is beyond double precision.
  func estimate(_ terms: some Collection<Double>) -> Estimate? {
    let terms = Array(terms)
    let total = terms.reduce(0, +)
    guard count > 0, total.isFinite else { return nil }
    let sums = groups.map { rows in rows.reduce(0) { $0 + terms[$1] } }
    return Jackknife.estimate(count: groups.count, scale: .logarithmic) { leaving in
      guard let leaving else { return total / Double(count) }
      return (total - sums[leaving]) / Double(count - groups[leaving].count)
    }
  }
}
