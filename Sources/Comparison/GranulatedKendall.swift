/// Kendall's τ among runs that differ in one hyperparameter only (Jiang et al. 2020).
///
/// For hyperparameter h the runs are grouped by all the others, seed included; ψ_h is the mean over those groups of the mean of
/// sgn(Δmeasure)·sgn(Δgap) over the pairs that differ in h, and Ψ the mean of ψ_h. A measure that only mirrors one hyperparameter
/// has a high τ and a low Ψ.
public struct GranulatedKendall: Hashable, Codable, Sendable {
  /// One hyperparameter's part.
  public struct Part: Hashable, Codable, Sendable {
    /// The hyperparameter that varies.
    public let hyperparameter: String
    /// ψ: mean over groups.
    public let value: Double
    /// Number of groups.
    public let groups: Int
  }

  /// Ψ: mean over hyperparameters.
  public let value: Double
  /// ψ of each hyperparameter that varies somewhere while the others stand still, by name.
  public let parts: [Part]

  /// nil where no two runs differ in exactly one hyperparameter.
  init?(_ settings: Settings, measure: [Double], gap: [Double]) {
    parts = settings.names.indices.compactMap { hyperparameter in
      let taus = settings.groups(varying: hyperparameter).compactMap { group in
        Self.tau(group, measure, gap) { settings.differ($0, $1, in: hyperparameter) }
      }
      guard !taus.isEmpty else { return nil }
      return Part(
        hyperparameter: settings.names[hyperparameter], value: taus.reduce(0, +) / Double(taus.count),
        groups: taus.count)
    }
    guard !parts.isEmpty else { return nil }
    value = parts.reduce(0) { $0 + $1.value } / Double(parts.count)
  }

  /// Over the pairs of `group` that `differ`; nil where there is none. Where no seeds are recorded others are repetitions.
  private static func tau(
    _ group: [Int], _ measure: [Double], _ gap: [Double], differ: (Int, Int) -> Bool
  ) -> Double? {
    var (score, pairs) = (0.0, 0.0)
    for (place, one) in group.enumerated() {
      for other in group[(place + 1)...] where differ(one, other) {
        score += sign(of: measure[other] - measure[one]) * sign(of: gap[other] - gap[one])
        pairs += 1
      }
    }
    return pairs > 0 ? score / pairs : nil
  }
}
