internal import Regret

extension Estimate {
  /// The value ± half its 95% interval, or with both ends where one lies much further off.
  func text(count: Int) -> String {
    guard let interval else { return NumberText.withError(value, halfWidth(count: count)) }
    let low = NumberText.rounded(interval.low, digits: 2)
    guard let high = interval.high else { return "\(NumberText.rounded(value, digits: 3)) (\(low) … ∞)" }
    guard high - value > 1.3 * (value - interval.low) else {
      return NumberText.withError(value, halfWidth(count: count))
    }
    return "\(NumberText.rounded(value, digits: 3)) (\(low) … \(NumberText.rounded(high, digits: 2)))"
  }
}
