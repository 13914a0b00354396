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

  @Test("is missing where nothing varies or nothing matches")
  func missing() {
    let alone = [run(8, 1, 0, gap: 1, measure: 1), run(64, 2, 1, gap: 1, measure: 1)]
    #expect(MatchedContrast(alone, over: "batch_size") == nil)
    #expect(MatchedContrast(alone, over: "depth") == nil)
  }
}
