/// Kendall's τ among runs that differ in one hyperparameter only (Jiang et al. 2020).
///
/// For hyperparameter h the runs are grouped by all the others, seed included; ψ_h is the mean over those groups of τ_a of
/// measure and gap, and Ψ the mean of ψ_h. A measure that only mirrors one hyperparameter has a high τ and a low Ψ.
public struct GranulatedKendall: Hashable, Codable, Sendable {
  /// One hyperparameter's part.
  public struct Part: Hashable, Codable, Sendable {
    /// The hyperparameter that varies.
    public let hyperparameter: String
    /// ψ: mean τ_a over groups.
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
        KendallTau.a(group.map { measure[$0] }, group.map { gap[$0] })
      }
      guard !taus.isEmpty else { return nil }
      return Part(
        hyperparameter: settings.names[hyperparameter], value: taus.reduce(0, +) / Double(taus.count),
        groups: taus.count)
    }
    guard !parts.isEmpty else { return nil }
    value = parts.reduce(0) { $0 + $1.value } / Double(parts.count)
  }
}
