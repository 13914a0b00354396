public import Regret

extension Estimate {
  /// This less another, with standard error √(s₁² + s₂²); no error where one has none. Its interval takes from the two theirs that
  /// each end may lie at another distance: a − b − √((a − a_low)² + (b_high − b)²) to a − b + √((a_high − a)² + (b − b_low)²) (Zou and
  /// Donner 2008), without end where one of those is. The two are taken to be independent:
  /// for checkpoints captured on the same minibatches, whose errors go together, it is too large rather than too small,
  /// and `Audit.difference(from:in:rows:)` has the right one.
  public func difference(from other: Estimate) -> Estimate {
    let error = standardError.flatMap { own in
      other.standardError.map { (own * own + $0 * $0).squareRoot() }
    }
    let difference = value - other.value
    guard let interval, let others = other.interval else { return Estimate(value: difference, standardError: error) }
    func distance(_ one: Double, _ another: Double?) -> Double {
      another.map { (one * one + $0 * $0).squareRoot() } ?? .infinity
    }
    let below = distance(value - interval.low, others.high.map { $0 - other.value })
    let above = distance(other.value - others.low, interval.high.map { $0 - value })
    return Estimate(
      value: difference, standardError: error,
      interval: .init(low: difference - below, high: above.isFinite ? difference + above : nil))
  }
}
