internal import Dispatch
internal import Synchronization

/// Whether measures rank runs as their generalization gaps do.
public struct CorrelationTable: Hashable, Codable, Sendable {
  /// How chance is imitated.
  public struct Options: Hashable, Sendable {
    /// Pairings drawn for a p-value where they are too many to count; more where there are so many measures that none of them
    /// could pass the correction.
    public var permutations = 9_999
    /// Draws for a bootstrap interval.
    public var resamples = 2_000
    /// Confidence of the intervals.
    public var confidence = 0.95
    /// Seed of all draws: the same runs give the same table.
    public var seed: UInt64 = 0

    /// The defaults.
    public init() {}

    /// With pairings enough for one of so many measures to pass Holm's correction.
    func enough(for measures: Int) -> Options {
      var options = self
      options.permutations = max(permutations, 40 * measures)
      return options
    }
  }

  /// One measure's row.
  public struct Row: Hashable, Codable, Sendable {
    /// The measure's path in the report.
    public let measure: String
    /// Runs that have both the measure and a gap.
    public let runs: Int
    /// Different settings among them; 0 where no hyperparameter is recorded.
    public let settings: Int
    /// τ_b of measure and gap.
    public let tau: Double?
    /// Bootstrap interval of τ_b; settings are drawn as wholes with all their seeds.
    public let interval: Interval?
    /// Two-sided permutation p-value of τ_b; settings change places as wholes with all their seeds. That of the settings' means
    /// where some have more seeds than others.
    public let pValue: Double?
    /// p after Holm's correction for the number of measures in the table (Holm 1979).
    public internal(set) var adjustedPValue: Double?
    /// τ among runs that differ in one hyperparameter only; nil where there are none.
    public let granulated: GranulatedKendall?
    /// Partial τ given another measure; nil where none was told, and of that measure itself.
    public let partial: Partial?
    /// How often the sign of a change is wrong, environment by environment; nil where there is none.
    public let signError: RobustSignError?

    /// Whether too few independent settings have the measure to conclude anything.
    public var hasTooFewRuns: Bool { CorrelationTable.areTooFew(runs, of: settings) }
  }

  /// τ_b of a measure and the gap with what both share with a third taken out.
  public struct Partial: Hashable, Codable, Sendable {
    /// Runs that have all three.
    public let runs: Int
    /// ``KendallTau/partial(_:_:given:)``
    public let tau: Double
    /// Its bootstrap interval, as that of τ_b.
    public let interval: Interval?
  }

  /// Runs that have a gap.
  public let runs: Int
  /// Different settings among them; 0 where no hyperparameter is recorded.
  public let settings: Int
  /// Hyperparameters that take more than one value.
  public let hyperparameters: [String]
  /// Confidence of the intervals.
  public let confidence: Double
  /// A row a measure, in order of first appearance.
  public let rows: [Row]

  /// Below this many independent settings no conclusion is drawn: at 10, |τ| must exceed 0.51 for p < 0.05.
  public static let fewestSettings = 10

  /// Rows in which measure and gap go together beyond what chance does, at p < 0.05 after the correction, among settings enough.
  public var found: [Row] { rows.filter { ($0.adjustedPValue ?? 1) < 0.05 && !$0.hasTooFewRuns } }

  /// Whether there are too few independent settings to conclude anything.
  public var hasTooFewRuns: Bool { Self.areTooFew(runs, of: settings) }

  private static func areTooFew(_ runs: Int, of settings: Int) -> Bool {
    (settings == 0 ? runs : settings) < fewestSettings
  }

  /// The measure that ``Row/partial`` is given; nil where none was told.
  public let given: String?

  /// Correlates every measure of `runs` with their generalization gaps; runs without a gap are left out. Partial correlations are given
  /// the measure `given`, which `values` are of, one a run.
  public init(
    _ runs: [ComparedRun], given: String? = nil, values: [Double?] = [], options: Options = Options()
  ) {
    let indices = runs.indices.filter { runs[$0].generalizationGap != nil }
    let known = indices.map { runs[$0] }
    let others = given == nil ? nil : indices.map { values[$0] }
    self.given = given
    let settings = Settings(known)
    self.runs = known.count
    self.settings = settings.count
    hyperparameters = settings.names
    confidence = options.confidence
    let columns = MeasureColumns(known)
    // Every row draws from its own generator, so they can be made side by side.
    let names = columns.names
    let options = options.enough(for: names.count)
    let made = Mutex([Row?](repeating: nil, count: names.count))
    DispatchQueue.concurrentPerform(iterations: names.count) { index in
      let row = Self.row(
        names[index], columns[names[index]], given: names[index] == given ? nil : others, of: known, settings, options)
      made.withLock { $0[index] = row }
    }
    var rows = made.withLock { $0.compactMap { $0 } }
    for (index, adjusted) in Holm.adjusted(rows.map(\.pValue)).enumerated() { rows[index].adjustedPValue = adjusted }
    self.rows = rows
  }

  private static func row(
    _ measure: String, _ values: [Double?], given others: [Double?]?, of runs: [ComparedRun], _ settings: Settings,
    _ options: Options
  ) -> Row {
    let members = runs.indices.filter { values[$0] != nil }
    let measures = members.compactMap { values[$0] }
    let gaps = members.compactMap { runs[$0].generalizationGap }
    let errors = members.compactMap { runs[$0].gapError }
    let own = settings.of(members)
    let labels = own.labels
    let tau = KendallTau.b(measures, gaps)
    return Row(
      measure: measure, runs: members.count, settings: own.count, tau: tau,
      interval: tau == nil
        ? nil
        : Interval.bootstrap(
          count: members.count, clusters: labels, resamples: options.resamples, confidence: options.confidence,
          seed: options.seed, ResampledKendall(measures, gaps, clusters: labels).b),
      pValue: PermutationTest(
        measures, gaps, clusters: labels, draws: options.permutations, seed: options.seed)?.pValue,
      adjustedPValue: nil,
      granulated: GranulatedKendall(own, measure: measures, gap: gaps),
      partial: others.flatMap { partial(values, given: $0, of: runs, settings, options) },
      signError: RobustSignError(
        own, measure: measures, gap: gaps, gapErrors: errors.count == members.count ? errors : nil))
  }

  private static func partial(
    _ values: [Double?], given others: [Double?], of runs: [ComparedRun], _ settings: Settings, _ options: Options
  ) -> Partial? {
    let members = runs.indices.filter { values[$0] != nil && others[$0]?.isFinite == true }
    let (measures, given) = (members.compactMap { values[$0] }, members.compactMap { others[$0] })
    let gaps = members.compactMap { runs[$0].generalizationGap }
    guard let tau = KendallTau.partial(measures, gaps, given: given) else { return nil }
    let labels = settings.of(members).labels
    let pairs = (
      own: ResampledKendall(measures, gaps, clusters: labels), one: ResampledKendall(measures, given, clusters: labels),
      other: ResampledKendall(gaps, given, clusters: labels)
    )
    let interval = Interval.bootstrap(
      count: members.count, clusters: labels, resamples: options.resamples,
      confidence: options.confidence, seed: options.seed
    ) { drawn in
      guard let own = pairs.own.b(drawn), let one = pairs.one.b(drawn), let other = pairs.other.b(drawn) else {
        return nil
      }
      return KendallTau.partial(own, one, other)
    }
    return Partial(runs: members.count, tau: tau, interval: interval)
  }
}
