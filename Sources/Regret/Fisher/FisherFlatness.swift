internal import Checkpoint

#if canImport(Darwin)
  internal import Darwin
#else
  internal import Glibc
#endif

/// Scale, shape and contrastive flatness of F = (1/M) SᵀS from the eigenvalues of Gram matrices.
enum FisherFlatness {
  /// tr F, λ₁, ‖F‖_F and effective rank from the eigenvalues of S·Sᵀ in raw coordinates.
  static func summary(_ kind: FisherKind, eigenvalues: [Double], factorCount: Int) -> FisherSummary {
    let count = Double(factorCount)
    let trace = eigenvalues.reduce(0, +) / count
    let square = eigenvalues.reduce(0) { $0 + $1 * $1 } / (count * count)
    return FisherSummary(
      kind: kind, trace: trace, largestEigenvalue: (eigenvalues.max() ?? 0) / count, frobenius: square.squareRoot(),
      effectiveRank: trace * trace / square, contrast: nil)
  }

  /// The Fisher of one minibatch against that of all of them, weighted by rows; nil below two groups.
  ///
  /// - Parameters:
  ///   - raw: Factor rows as they are.
  ///   - whitened: Factor rows where diag F = 1.
  ///   - weight: ρ of diagonal damping, nil for any other.
  static func contrast(
    raw: FactorSpace, whitened: FactorSpace, groups: [[Int]], weight: Double?
  ) -> ContrastiveFlatness? {
    guard groups.count > 1 else { return nil }
    let rawRatio = ratios(raw, groups)
    let normalRatio = ratios(whitened, groups)
    var gap: Double?
    if let weight, weight < 1 {
      let alpha = weight / (1 - weight)
      gap = volume(normalRatio.whole, alpha) - normalRatio.mean { volume($0, alpha) }
    }
    return ContrastiveFlatness(
      largestEigenvalue: rawRatio.ratio(largest), frobenius: rawRatio.ratio(frobenius),
      largestEigenvalueNormalized: normalRatio.ratio(largest), frobeniusNormalized: normalRatio.ratio(frobenius),
      logVolumeGap: gap)
  }

  /// Eigenvalues of F over all known rows and of each F_k.
  private struct Spectra {
    let whole: [Double]
    let parts: [(share: Double, eigenvalues: [Double])]

    func mean(_ measure: ([Double]) -> Double) -> Double {
      parts.reduce(0) { $0 + $1.share * measure($1.eigenvalues) }
    }

    func ratio(_ measure: ([Double]) -> Double) -> Double { mean(measure) / measure(whole) }
  }

  private static func ratios(_ space: FactorSpace, _ groups: [[Int]]) -> Spectra {
    let known = groups.flatMap { $0 }.sorted()
    let total = Double(known.count)
    return Spectra(
      whole: space.eigenvalues(of: known).map { $0 / total },
      parts: groups.map { rows in
        let count = Double(rows.count)
        return (count / total, space.eigenvalues(of: rows).map { $0 / count })
      })
  }

  private static func largest(_ values: [Double]) -> Double { values.max() ?? 0 }

  private static func frobenius(_ values: [Double]) -> Double { values.reduce(0) { $0 + $1 * $1 }.squareRoot() }

  /// log det(I + F̃/α)
  private static func volume(_ values: [Double], _ alpha: Double) -> Double {
    values.reduce(0) { $0 + log1p($1 / alpha) }
  }
}
