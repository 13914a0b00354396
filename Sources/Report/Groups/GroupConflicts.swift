internal import Regret

/// The pairs of groups on which most more is lost than within the group that chooses, with intervals that hold for all
/// pairs at once.
struct GroupConflicts {
  struct Conflict {
    let transfer: GroupTransfer
    let excess: Estimate
    /// Ends of an interval of 95% for all pairs together.
    let interval: Estimate.Interval

    /// Whether more is lost, whichever of the pairs one looks at.
    var isClear: Bool { interval.low > 0 }
  }

  /// Those whose error is known, the clearest first.
  let ranked: [Conflict]

  /// By Holm's steps: of m pairs, the r-th by excess ÷ error has the coverage 1 − 0.05/(m − r + 1), with Student's t of
  /// the smaller group's degrees of freedom.
  init(_ measures: GroupMeasures, _ metric: Ball) {
    let known = measures.pairs.compactMap { pair -> (GroupTransfer, Estimate, Double)? in
      guard pair.from != pair.to, let excess = metric(pair)?.excess, let error = excess.standardError, error > 0 else {
        return nil
      }
      return (pair, excess, error)
    }.sorted { ($1.1.value / $1.2, $0.0.from, $0.0.to) < ($0.1.value / $0.2, $1.0.from, $1.0.to) }
    ranked = known.enumerated().map { rank, entry in
      let (pair, excess, error) = entry
      let smaller = min(measures.groups[pair.from].minibatchCount, measures.groups[pair.to].minibatchCount)
      let quantile = StudentT.quantile(coverage: 1 - 0.05 / Double(known.count - rank), degrees: max(1, smaller - 1))
      return Conflict(
        transfer: pair, excess: excess,
        interval: .init(low: excess.value - quantile * error, high: excess.value + quantile * error))
    }
  }
}
