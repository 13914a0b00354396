/// Kendall's rank correlation.
///
/// With C concordant and D discordant pairs among n₀ = n(n−1)/2: τ_b = (C − D)/√((n₀−n_x)(n₀−n_y)),
/// n_x, n_y the pairs tied in x and in y (Kendall 1945). C − D takes O(n log n) steps (Knight 1966).
public enum KendallTau {
  /// τ_b of paired values: ties leave the denominator. nil where one side is constant, a value is not finite, or n < 2.
  public static func b(_ x: [Double], _ y: [Double]) -> Double? {
    precondition(x.count == y.count, "pairs need two values each")
    guard x.allSatisfy(\.isFinite), y.allSatisfy(\.isFinite) else { return nil }
    return PairedRanks(x, y).tauB
  }

  /// Partial τ of x and y given z, (τ_xy − τ_xz τ_yz)/√((1 − τ_xz²)(1 − τ_yz²)) of τ_b: what of their going together is not their both
  /// going with z (Kendall 1942). nil where one of the three is nil, or x or y goes with z wholly.
  public static func partial(_ x: [Double], _ y: [Double], given z: [Double]) -> Double? {
    guard let own = b(x, y), let one = b(x, z), let other = b(y, z) else { return nil }
    return partial(own, one, other)
  }

  /// The same from τ_xy, τ_xz and τ_yz.
  static func partial(_ own: Double, _ one: Double, _ other: Double) -> Double? {
    let rest = ((1 - one * one) * (1 - other * other)).squareRoot()
    guard rest > 1e-9 else { return nil }
    return min(1, max(-1, (own - one * other) / rest))
  }

  static func pairCount(_ count: Int) -> Int { count * (count - 1) / 2 }
}
