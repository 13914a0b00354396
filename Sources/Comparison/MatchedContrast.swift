/// Runs at the smallest value of one hyperparameter against runs at its largest that agree in all the rest, seed included:
/// small against large batches, for one.
public struct MatchedContrast: Hashable, Codable, Sendable {
  /// One measure's row.
  public struct Row: Hashable, Codable, Sendable {
    /// The measure's path in the report, `generalization_gap`, or the metric that stands for it.
    public let measure: String
    /// Matched pairs that have it.
    public let pairs: Int
    /// Mean at the smallest value.
    public let small: Double
    /// Mean at the largest value.
    public let large: Double
    /// Mean over pairs of large less small.
    public let difference: Double
    /// Bootstrap interval of that difference; settings are drawn as wholes with all their seeds.
    public let interval: Interval?
    /// Share of pairs in which large is above small; ties count one half.
    public let shareLarger: Double
  }

  /// The hyperparameter.
  public let hyperparameter: String
  /// Its smallest value.
  public let small: Double
  /// Its largest value.
  public let large: Double
  /// The gap first, then a row a measure.
  public let rows: [Row]

  /// nil where the hyperparameter does not vary, or no two runs match.
  public init?(_ runs: [ComparedRun], over hyperparameter: String, options: CorrelationTable.Options = .init()) {
    let settings = Settings(runs)
    let values = runs.map { $0.hyperparameters[hyperparameter] }
    guard let column = settings.names.firstIndex(of: hyperparameter), let small = values.compactMap({ $0 }).min(),
      let large = values.compactMap({ $0 }).max()
    else { return nil }
    self.hyperparameter = hyperparameter
    self.small = small
    self.large = large
    // Where runs recorded no seed a group may hold several of one value; the first stands for them.
    let pairs: [(Int, Int)] = settings.groups(varying: column).compactMap { group in
      guard let low = group.first(where: { values[$0] == small }),
        let high = group.first(where: { values[$0] == large })
      else { return nil }
      return (low, high)
    }
    guard !pairs.isEmpty else { return nil }
    let labels = settings.labels
    let columns = MeasureColumns(runs)
    let all: [(String, [Double?])] =
      [(runs.first?.gapMetric ?? "generalization_gap", runs.map(\.generalizationGap))]
      + columns.names.map { ($0, columns[$0]) }
    rows = all.compactMap { name, values in
      Self.row(name, values, pairs, labels: labels, options)
    }
  }

  private static func row(
    _ name: String, _ values: [Double?], _ pairs: [(Int, Int)], labels: [Int]?, _ options: CorrelationTable.Options
  ) -> Row? {
    let known = pairs.compactMap { low, high in
      values[low].flatMap { small in values[high].map { (low: low, small: small, large: $0) } }
    }
    guard !known.isEmpty else { return nil }
    let differences = known.map { $0.large - $0.small }
    func mean(_ terms: [Double]) -> Double { terms.reduce(0, +) / Double(terms.count) }
    return Row(
      measure: name, pairs: known.count, small: mean(known.map(\.small)), large: mean(known.map(\.large)),
      difference: mean(differences),
      interval: Interval.bootstrap(
        count: known.count, clusters: labels.map { labels in known.map { labels[$0.low] } },
        resamples: options.resamples, confidence: options.confidence, seed: options.seed
      ) { drawn in mean(drawn.members.map { differences[$0] }) },
      shareLarger: mean(differences.map { (1 + sign(of: $0)) / 2 }))
  }
}
