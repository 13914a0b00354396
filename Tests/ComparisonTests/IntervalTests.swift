import Comparison
import Testing

@Suite("Bootstrap interval")
struct IntervalTests {
  @Test("of a mean is its normal interval for many members")
  func mean() throws {
    var generator = TestGenerator(state: 5)
    let values = (0..<400).map { _ in generator.uniform() }
    let mean = values.reduce(0, +) / 400
    let deviation = (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 399).squareRoot()
    let interval = try #require(
      Interval.bootstrap(count: 400, resamples: 4_000, seed: 1) { drawn in
        drawn.members.reduce(0) { $0 + values[$1] } / Double(drawn.members.count)
      })
    let half = 1.96 * deviation / 20
    #expect(abs(interval.lower - (mean - half)) < 0.15 * half)
    #expect(abs(interval.upper - (mean + half)) < 0.15 * half)
  }

  @Test("covers the truth about as often as it says")
  func coverage() {
    var generator = TestGenerator(state: 11)
    var hits = 0
    for trial in 0..<300 {
      let values = (0..<40).map { _ in generator.uniform() }
      let interval = Interval.bootstrap(count: 40, resamples: 300, confidence: 0.9, seed: UInt64(trial)) { drawn in
        drawn.members.reduce(0) { $0 + values[$1] } / Double(drawn.members.count)
      }
      if interval?.contains(0.5) == true { hits += 1 }
    }
    // Binomial, 300 trials at 0.9: five standard errors are 0.087.
    #expect(abs(Double(hits) / 300 - 0.9) < 0.09)
  }

  @Test("draws clusters whole")
  func clusters() {
    let labels = [0, 0, 0, 1, 1, 2]
    var isWhole = true
    _ = Interval.bootstrap(count: 6, clusters: labels, resamples: 200) { drawn in
      for label in 0..<3 {
        let counts = Set(
          labels.indices.filter { labels[$0] == label }.map { member in drawn.members.count { $0 == member } })
        isWhole = isWhole && counts.count == 1
      }
      return 1
    }
    #expect(isWhole)
  }

  @Test("is missing where the statistic is")
  func missing() {
    #expect(Interval.bootstrap(count: 5, resamples: 50) { _ in nil } == nil)
    #expect(Interval.bootstrap(count: 1, resamples: 50) { _ in 1 } == nil)
  }
}
