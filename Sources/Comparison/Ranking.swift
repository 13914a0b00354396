public import Regret

/// Runs in ascending order of one measure.
public struct Ranking: Hashable, Codable, Sendable {
  /// One run's place.
  public struct Place: Hashable, Codable, Sendable {
    /// The run's name.
    public let run: String
    /// 1 for the smallest value; equal values share a rank.
    public let rank: Int
    /// Its value.
    public let estimate: Estimate
    /// Its value less the smallest.
    public let difference: Estimate
    /// Whether that difference's interval, or without one twice its standard error, leaves out 0; nil where neither is known, and
    /// for the first.
    public let isDistinct: Bool?
  }

  /// The measure's name.
  public let measure: String
  /// Places in ascending order of the value; runs without one are missing.
  public let places: [Place]

  /// Ranks `runs` by `measure`. `difference` tells the difference of two of them, by their places, where more is known
  /// than their errors, such as that they were measured on the same minibatches.
  public init(
    of runs: [ComparedRun], by measure: String, difference: (Int, Int) -> Estimate? = { _, _ in nil }
  ) {
    self.measure = measure
    let values = runs.enumerated().compactMap { place, run in
      run.allMeasures.first { $0.name == measure && $0.estimate.value.isFinite }.map { (run.name, $0.estimate, place) }
    }
    let sorted = values.enumerated().sorted { ($0.element.1.value, $0.offset) < ($1.element.1.value, $1.offset) }
      .map(\.element)
    places = sorted.enumerated().map { index, entry in
      let difference =
        difference(entry.2, sorted[0].2) ?? entry.1.difference(from: sorted[0].1)
      return Place(
        run: entry.0, rank: 1 + sorted.count { $0.1.value < entry.1.value }, estimate: entry.1, difference: difference,
        isDistinct: index == 0
          ? nil : difference.interval.map { $0.low > 0 } ?? difference.standardError.map { difference.value > 2 * $0 })
    }
  }
}
