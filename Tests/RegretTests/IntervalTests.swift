#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif
import Testing

@testable import Regret

@Suite("Intervals", .tags(.reference))
struct IntervalTests {
  /// Student's t with four degrees of freedom.
  static let quantile = 2.7764451051977987
  static let left = [1.0, 1.2, 0.8, 1.1, 0.9]

  @Test("of sizes are symmetric on a logarithmic scale")
  func logarithmic() throws {
    let estimate = Jackknife.estimate(value: 1, left: Self.left, scale: .logarithmic)
    let interval = try #require(estimate.interval)
    let high = try #require(interval.high)
    #expect(abs(interval.low * high - 1) < 1e-12)
    let logs = Self.left.map { log($0) }
    let mean = logs.reduce(0, +) / 5
    let error = (0.8 * logs.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }).squareRoot()
    #expect(abs(log(high) - Self.quantile * error) < 1e-9)
  }

  @Test(
    "are the same in any unit, squares of which leave double precision or not",
    arguments: [-1_060, -900, -401, 401, 900])
  func units(exponent: Int) throws {
    func scaled(_ value: Double) -> Double { Double(sign: .plus, exponent: exponent, significand: value) }
    for scale in [Jackknife.Scale.linear, .logarithmic] {
      let one = Jackknife.estimate(value: 1, left: Self.left, scale: scale)
      let other = Jackknife.estimate(value: scaled(1), left: Self.left.map(scaled), scale: scale)
      // Numbers this small have few digits.
      let tolerance = exponent < -1_000 ? 1e-3 : 1e-12
      for (found, expected) in [
        (other.standardError, one.standardError), (other.interval?.low, one.interval?.low),
        (other.interval?.high, one.interval?.high),
      ] {
        let expected = scaled(try #require(expected))
        #expect(abs(try #require(found) - expected) <= tolerance * abs(expected))
      }
    }
  }

  @Test("of shares stay within their bounds")
  func bounded() throws {
    let estimate = Jackknife.estimate(value: 0.9, left: [0.5, 0.9, 0.95, 0.99, 0.2], scale: .within(-1...1))
    #expect(estimate.interval?.high == 1 && estimate.interval!.low < 0.9)
    let error = try #require(estimate.standardError)
    #expect(abs(0.9 - estimate.interval!.low - Self.quantile * error) < 1e-9 || estimate.interval!.low == -1)
  }

  @Test("count what moves without a minibatch being left out")
  func variance() {
    let bare = Jackknife.estimate(value: 1, left: Self.left)
    let more = Jackknife.estimate(value: 1, left: Self.left, variance: 0.5)
    #expect(abs(more.standardError! * more.standardError! - bare.standardError! * bare.standardError! - 0.5) < 1e-12)
  }
}
