public import Regret

extension Estimate {
  /// This less another, with standard error √(s₁² + s₂²); no error where one has none. The two are taken to be independent:
  /// for checkpoints captured on the same minibatches, whose errors go together, it is too large rather than too small,
  /// and `Audit.difference(from:in:rows:)` has the right one.
  public func difference(from other: Estimate) -> Estimate {
    let error = standardError.flatMap { own in
      other.standardError.map { (own * own + $0 * $0).squareRoot() }
    }
    return Estimate(value: value - other.value, standardError: error)
  }
}
