/// A sum that keeps what rounding takes off, so that taking out the largest term leaves the digits of the others.
struct PreciseSum: Sendable {
  private var high = 0.0
  private var low = 0.0

  init(_ number: Double = 0) { high = number }

  /// The sum, rounded once. Where it left double precision nothing is known of the rest.
  var value: Double { low.isFinite ? high + low : high }

  static func += (sum: inout PreciseSum, term: Double) { addExactly(term, &sum.high, &sum.low) }
  static func -= (sum: inout PreciseSum, term: Double) { addExactly(-term, &sum.high, &sum.low) }

  static func += (sum: inout PreciseSum, other: PreciseSum) {
    sum += other.high
    sum.low += other.low
  }

  static func - (sum: PreciseSum, other: PreciseSum) -> PreciseSum {
    var rest = sum
    rest -= other.high
    rest.low -= other.low
    return rest
  }

  static func - (sum: PreciseSum, term: Double) -> PreciseSum {
    var rest = sum
    rest -= term
    return rest
  }
}

extension Sequence where Element == Double {
  /// The sum of all, to be taken apart again.
  var preciseSum: PreciseSum { reduce(into: PreciseSum()) { $0 += $1 } }
}

/// Adds `term` to `sum`, and to `rest` what rounding takes off. (Knuth's two-sum)
@inline(__always)
func addExactly(_ term: Double, _ sum: inout Double, _ rest: inout Double) {
  let new = sum + term
  let part = new - sum
  rest += (sum - (new - part)) + (term - part)
  sum = new
}
