/// Kendall's rank correlation.
///
/// With C concordant and D discordant pairs among n(n−1)/2: τ_a = (C − D)/(n(n−1)/2), and τ_b = (C − D)/√((n₀−n_x)(n₀−n_y)),
/// n₀ = n(n−1)/2 and n_x, n_y the pairs tied in x and in y (Kendall 1945). C − D takes O(n log n) steps (Knight 1966).
public enum KendallTau {
  /// τ_b of paired values: ties leave the denominator. nil where one side is constant, a value is not finite, or n < 2.
  public static func b(_ x: [Double], _ y: [Double]) -> Double? {
    precondition(x.count == y.count, "pairs need two values each")
    guard x.allSatisfy(\.isFinite), y.allSatisfy(\.isFinite) else { return nil }
    return PairedRanks(x, y).tauB
  }

  /// τ_a of paired values, the mean of sgn(x_i − x_j)·sgn(y_i − y_j) over pairs: a tied pair counts as 0.
  /// nil where a value is not finite, or n < 2.
  public static func a(_ x: [Double], _ y: [Double]) -> Double? {
    precondition(x.count == y.count, "pairs need two values each")
    guard x.count >= 2, x.allSatisfy(\.isFinite), y.allSatisfy(\.isFinite) else { return nil }
    return Double(PairedRanks(x, y).score) / Double(pairCount(x.count))
  }

  static func pairCount(_ count: Int) -> Int { count * (count - 1) / 2 }
}
