#if canImport(Darwin)
  internal import Darwin
#else
  internal import Glibc
#endif

/// Leaves one of `count` minibatches out at a time.
enum Jackknife {
  /// On what scale an interval is symmetric.
  enum Scale {
    /// The statistic's own.
    case linear
    /// The same for what cannot leave these bounds.
    case within(ClosedRange<Double>)
    /// Its logarithm, for positive sizes: few minibatches that dominate make the upper side long.
    case logarithmic
  }

  /// `statistic` of all minibatches (nil), its standard error from leaving each out, √((N−1)/N Σ(s₋ᵢ − s̄₋)²), and the
  /// 95% interval of Student's t with N − 1 degrees of freedom; none below 3.
  static func estimate(count: Int, scale: Scale = .linear, _ statistic: (_ leaving: Int?) -> Double) -> Estimate {
    estimate(value: statistic(nil), left: count < 3 ? [] : (0..<count).map { statistic($0) }, scale: scale)
  }

  /// The same from the values without each minibatch. `variance` is that of other origin, of the statistic itself.
  static func estimate(value: Double, left: [Double], scale: Scale = .linear, variance: Double = 0) -> Estimate {
    guard left.count >= 3 else { return Estimate(value: value, standardError: nil) }
    return estimate(value: value, left: [left], scale: scale, variance: variance)
  }

  /// The same where minibatches of several groups are left out: variances add up, and so do Student's degrees of freedom by
  /// Welch and Satterthwaite's rule. At least two values a group.
  static func estimate(value: Double, left: [[Double]], scale: Scale, variance: Double) -> Estimate {
    let largest = left.joined().reduce(abs(value)) { max($0, abs($1)) }
    if case .within = scale {
    } else if largest.isFinite, largest > 0, abs(largest.exponent) > 400 {
      // Squares would leave double precision: the same in other units.
      func scaled(_ number: Double, _ exponent: Double.Exponent) -> Double {
        Double(sign: .plus, exponent: exponent, significand: number)
      }
      let unit = largest.exponent
      let own = estimate(
        value: scaled(value, -unit), left: left.map { $0.map { scaled($0, -unit) } }, scale: scale,
        variance: scaled(variance, -2 * unit))
      let ends = own.interval.map {
        Estimate.Interval(
          low: scaled($0.low, unit), high: $0.high.map { scaled($0, unit) }.flatMap { $0.isFinite ? $0 : nil })
      }
      return Estimate(
        value: value, standardError: own.standardError.map { scaled($0, unit) }, interval: ends)
    }
    func variances(_ transform: (Double) -> Double) -> [Double] { left.map { spread($0.map(transform)) } }
    let own = variances { $0 }
    let error = (own.reduce(0, +) + variance).squareRoot()
    guard error.isFinite else { return Estimate(value: value, standardError: nil) }
    let quantile = StudentT.quantile(degrees: degrees(own, left.map(\.count)))
    var interval = Estimate.Interval(low: value - quantile * error, high: value + quantile * error)
    switch scale {
    case .linear: break
    case .within(let bounds):
      interval = .init(
        low: max(bounds.lowerBound, interval.low), high: interval.high.map { min(bounds.upperBound, $0) })
    case .logarithmic:
      guard value > 0 else {
        interval.low = max(0, interval.low)
        break
      }
      // Of what rounding left, the logarithm says nothing.
      let isPositive = left.allSatisfy { $0.allSatisfy { $0 > InnerProducts.rounding * value } }
      let relative =
        isPositive ? (variances { log($0) }.reduce(0, +) + variance / (value * value)).squareRoot() : error / value
      let factor = exp(quantile * relative)
      interval = .init(low: value / factor, high: factor.isFinite && (value * factor).isFinite ? value * factor : nil)
    }
    return Estimate(value: value, standardError: error, interval: interval)
  }

  /// (Σv)²/Σ(v²/(n − 1)), which of one group is n − 1.
  private static func degrees(_ variances: [Double], _ counts: [Int]) -> Int {
    guard counts.count > 1 else { return counts[0] - 1 }
    let total = variances.reduce(0, +)
    let least = (counts.min() ?? 2) - 1
    guard total > 0 else { return least }
    let sum = zip(variances, counts).reduce(0) { $0 + $1.0 / total * ($1.0 / total) / Double($1.1 - 1) }
    return max(least, Int(1 / sum))
  }

  /// (N−1)/N Σ(s₋ᵢ − s̄₋)²
  private static func spread(_ left: [Double]) -> Double {
    let count = Double(left.count)
    let mean = left.reduce(0, +) / count
    return (count - 1) / count * left.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
  }
}

/// Sums of a square matrix over ordered pairs i ≠ j that give the mean without any one row and column at once.
struct PairSums {
  private let count: Int
  private let total: PreciseSum
  private let own: [PreciseSum]

  init(_ matrix: Matrix) {
    count = matrix.rowCount
    var own = [PreciseSum](repeating: PreciseSum(), count: count)
    var total = PreciseSum()
    for row in 0..<count {
      for column in 0..<count where column != row {
        own[row] += matrix[row, column]
        own[column] += matrix[row, column]
        total += matrix[row, column]
      }
    }
    self.own = own
    self.total = total
  }

  /// Mean over ordered pairs, without row and column `leaving`.
  func mean(leaving: Int? = nil) -> Double {
    guard let leaving else { return total.value / Double(count * (count - 1)) }
    return (total - own[leaving]).value / Double((count - 1) * (count - 2))
  }
}

/// A sum that gives the mean without any one term at once.
struct TermSum {
  private let terms: [Double]
  private let total: PreciseSum

  init(_ terms: [Double]) {
    self.terms = terms
    total = terms.preciseSum
  }

  /// Mean without term `leaving`.
  func mean(leaving: Int? = nil) -> Double {
    guard let leaving else { return total.value / Double(terms.count) }
    return (total - terms[leaving]).value / Double(terms.count - 1)
  }
}
