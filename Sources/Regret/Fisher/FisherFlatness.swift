internal import Checkpoint

#if canImport(Darwin)
  internal import Darwin
#else
  internal import Glibc
#endif

/// Scale, shape and contrastive flatness of F = (1/M) SᵀS from eigenvalues.
enum FisherFlatness {
  /// tr F, λ₁, ‖F‖_F and effective rank from the eigenvalues of F in raw coordinates.
  static func summary(_ kind: FisherKind, eigenvalues: [Double]) -> FisherSummary {
    let trace = eigenvalues.reduce(0, +)
    let norm = frobenius(eigenvalues)
    let share = trace / norm
    return FisherSummary(
      kind: kind, trace: trace, largestEigenvalue: largest(eigenvalues), frobenius: norm,
      effectiveRank: share * share, contrast: nil)
  }

  /// The Fisher of one minibatch against that of all of them, weighted by rows; nil below two groups.
  ///
  /// - Parameters:
  ///   - raw: In raw coordinates.
  ///   - normalized: In coordinates where diag F = 1.
  ///   - weight: ρ of diagonal damping, nil for any other.
  static func contrast(raw: GroupSpectra, normalized: GroupSpectra, weight: Double?) -> ContrastiveFlatness? {
    guard raw.parts.count > 1 else { return nil }
    var gap: Double?
    if let weight, weight < 1 {
      let alpha = weight / (1 - weight)
      gap = volume(normalized.whole, alpha) - normalized.mean { volume($0, alpha) }
    }
    return ContrastiveFlatness(
      largestEigenvalue: raw.ratio(largest), frobenius: raw.ratio(frobenius),
      largestEigenvalueNormalized: normalized.ratio(largest), frobeniusNormalized: normalized.ratio(frobenius),
      logVolumeGap: gap)
  }

  private static func largest(_ values: [Double]) -> Double { values.max() ?? 0 }

  /// Relative to the largest, since squares of eigenvalues leave double precision long before they do.
  private static func frobenius(_ values: [Double]) -> Double {
    let top = largest(values)
    guard top > 0 else { return 0 }
    return top * values.reduce(0) { $0 + ($1 / top) * ($1 / top) }.squareRoot()
  }

  /// log det(I + F̃/α)
  private static func volume(_ values: [Double], _ alpha: Double) -> Double {
    values.reduce(0) { $0 + log1p($1 / alpha) }
  }
}
