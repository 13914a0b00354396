import Comparison
import Regret
import Testing

@Suite("Ranking and differences")
struct RankingTests {
  private func run(_ name: String, _ value: Double, _ error: Double?) -> ComparedRun {
    ComparedRun(
      name: name, metrics: [:], measures: [MeasuredValue("m", Estimate(value: value, standardError: error))])
  }

  @Test("a difference adds variances")
  func difference() {
    let difference = Estimate(value: 5, standardError: 3).difference(from: Estimate(value: 1, standardError: 4))
    #expect(difference == Estimate(value: 4, standardError: 5))
    let bare = Estimate(value: 5, standardError: nil).difference(from: Estimate(value: 1, standardError: 4))
    #expect(bare == Estimate(value: 4, standardError: nil))
  }

  @Test("orders runs and says which can be told from the first")
  func ranks() {
    let runs = [run("c", 9, 1), run("a", 1, 1), run("b", 2, 1), run("b2", 2, nil), run("lost", .nan, 1)]
    let places = Ranking(of: runs, by: "m").places
    #expect(places.map(\.run) == ["a", "b", "b2", "c"])
    #expect(places.map(\.rank) == [1, 2, 2, 4])
    #expect(places.map(\.isDistinct) == [nil, false, nil, true])
    #expect(places.map(\.difference.value) == [0, 1, 1, 8])
  }

  @Test("a difference has the longer sides of lopsided intervals where they matter")
  func lopsided() {
    let one = Estimate(value: 5, standardError: 1, interval: .init(low: 4, high: 9))
    let other = Estimate(value: 2, standardError: 1, interval: .init(low: 0, high: 5))
    let interval = one.difference(from: other).interval!
    #expect(abs(interval.low - (3 - 10.0.squareRoot())) < 1e-15)
    #expect(abs(interval.high! - (3 + 20.0.squareRoot())) < 1e-15)
    let unbounded = Estimate(value: 5, standardError: 1, interval: .init(low: 4, high: nil))
    #expect(unbounded.difference(from: other).interval?.high == nil)
    #expect(other.difference(from: unbounded).interval?.low == -.infinity)
  }

  @Test("says what the interval of the difference says, however few minibatches")
  func distinct() {
    // Above twice its error, and within the interval of Student's t with two degrees of freedom.
    let difference = Estimate(value: 2.5, standardError: 1, interval: .init(low: -1.8, high: 6.8))
    let places = Ranking(of: [run("a", 1, 1), run("b", 3.5, 1)], by: "m") { _, _ in difference }.places
    #expect(places[1].isDistinct == false)
  }

  @Test("has no places for a measure that nobody has")
  func unknown() {
    #expect(Ranking(of: [run("a", 1, 1)], by: "other").places.isEmpty)
  }
}

@Suite("Matched contrast")
struct MatchedContrastTests {
  private func run(_ batch: Double, _ width: Double, _ seed: Double, gap: Double, measure: Double) -> ComparedRun {
    ComparedRun(
      name: "",
      metrics: [
        "hyperparameter.batch_size": batch, "hyperparameter.width": width, "seed": seed, "generalization_gap": gap,
      ], measures: [MeasuredValue("m", Estimate(value: measure, standardError: nil))])
  }

  @Test("pairs the smallest with the largest, all else equal")
  func pairs() throws {
    let runs = [
      run(8, 1, 0, gap: 1, measure: 5), run(64, 1, 0, gap: 9, measure: 9), run(512, 1, 0, gap: 3, measure: 4),
      run(8, 2, 0, gap: 2, measure: 7), run(512, 2, 0, gap: 2, measure: 9),
      run(8, 3, 0, gap: 100, measure: 100),
    ]
    let contrast = try #require(MatchedContrast(runs, over: "batch_size"))
    #expect(contrast.small == 8)
    #expect(contrast.large == 512)
    #expect(contrast.rows.map(\.measure) == ["generalization_gap", "m"])
    #expect(contrast.rows.map(\.pairs) == [2, 2])
    #expect(contrast.rows.map(\.small) == [1.5, 6])
    #expect(contrast.rows.map(\.large) == [2.5, 6.5])
    #expect(contrast.rows.map(\.difference) == [1, 0.5])
    #expect(contrast.rows.map(\.shareLarger) == [0.75, 0.5])
  }

  @Test("is of gaps that are finite, under the name of what stands for them")
  func otherGap() throws {
    let runs = [(8.0, 0.0, 1.0), (512, 0, .nan), (8, 1, 2), (512, 1, 5)].map { batch, seed, gap in
      ComparedRun(
        name: "", metrics: ["hyperparameter.batch_size": batch, "seed": seed, "acc_gap": gap], measures: [],
        gapMetric: "acc_gap")
    }
    let row = try #require(MatchedContrast(runs, over: "batch_size")?.rows.first)
    #expect(row.measure == "acc_gap" && row.pairs == 1 && row.difference == 3 && row.shareLarger == 1)
  }

  @Test("is missing where nothing varies or nothing matches")
  func missing() {
    let alone = [run(8, 1, 0, gap: 1, measure: 1), run(64, 2, 1, gap: 1, measure: 1)]
    #expect(MatchedContrast(alone, over: "batch_size") == nil)
    #expect(MatchedContrast(alone, over: "depth") == nil)
  }
}
