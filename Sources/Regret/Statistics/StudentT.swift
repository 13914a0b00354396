#if canImport(Darwin)
  internal import Darwin
#else
  internal import Glibc
#endif

/// Student's t distribution, for intervals around jackknife estimates.
public enum StudentT {
  /// The t beyond which, on both sides together, 1 − `coverage` of the distribution with `degrees` degrees of freedom
  /// lies. Found by bisection on the distribution function, to 12 digits.
  public static func quantile(coverage: Double = 0.95, degrees: Int) -> Double {
    precondition(coverage > 0 && coverage < 1 && degrees > 0, "a coverage within (0, 1] and a degree of freedom")
    var low = 0.0
    var high = 1.0
    while outside(high, degrees) > 1 - coverage { high *= 2 }
    while high - low > 1e-12 * high {
      let middle = low + (high - low) / 2
      if middle == low || middle == high { break }
      if outside(middle, degrees) > 1 - coverage { low = middle } else { high = middle }
    }
    return high
  }

  /// P(|T| > t): the finite sums of Abramowitz and Stegun 26.7.3 and 26.7.4.
  private static func outside(_ t: Double, _ degrees: Int) -> Double {
    let angle = atan(t / Double(degrees).squareRoot())
    let cosine = cos(angle)
    var term = degrees.isMultiple(of: 2) ? 1.0 : cosine
    var sum = degrees == 1 ? 0.0 : term
    var next = degrees.isMultiple(of: 2) ? 1 : 2
    while next + 1 < degrees - (degrees.isMultiple(of: 2) ? 0 : 1) {
      term *= Double(next) / Double(next + 1) * cosine * cosine
      sum += term
      next += 2
    }
    let inside = degrees.isMultiple(of: 2) ? sin(angle) * sum : 2 / Double.pi * (angle + sin(angle) * sum)
    return 1 - inside
  }
}

extension Estimate {
  /// Half the width of the 95% interval of an estimate from `count` minibatches; where it has none, Student's t with
  /// `count` − 1 degrees of freedom times the standard error; nil without either.
  public func halfWidth(count: Int) -> Double? {
    if let interval { return interval.high.map { ($0 - interval.low) / 2 } }
    guard let standardError, count > 1 else { return nil }
    return StudentT.quantile(degrees: count - 1) * standardError
  }
}
