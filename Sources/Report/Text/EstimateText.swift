internal import Regret

extension Estimate {
  /// Half the width of its 95% interval; nil where it has none or it is open.
  var halfWidth: Double? { halfWidth(count: 0) }

  /// The value ± half its 95% interval, or with both ends where one lies much further off.
  var text: String { text(count: 0) }

  /// The same in percent.
  var percentText: String { NumberText.percent(value, halfWidth: halfWidth) }

  /// The same of a value that may have no interval but a standard error, from `count` minibatches.
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
