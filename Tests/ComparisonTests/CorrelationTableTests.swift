import Comparison
import Regret
import Testing

/// A run with hyperparameters a and b, a gap and one measure.
private func run(
  _ a: Double, _ b: Double, seed: Double = 0, gap: Double, measure: Double?, gapError: Double? = nil
) -> ComparedRun {
  var metrics = ["hyperparameter.a": a, "hyperparameter.b": b, "seed": seed, "generalization_gap": gap]
  metrics["generalization_gap_error"] = gapError
  return ComparedRun(
    name: "\(a)-\(b)-\(seed)", metrics: metrics,
    measures: measure.map { [MeasuredValue("m", Estimate(value: $0, standardError: nil))] } ?? [])
}

@Suite("Correlation table")
struct CorrelationTableTests {
  /// The measure follows a exactly and runs against b: three values of a, two of b.
  private let opposed: [ComparedRun] = (0..<6).map { index in
    let a = Double(index / 2)
    let b = Double(index % 2)
    return run(a, b, gap: 10 * a + b, measure: 10 * a - b)
  }

  @Test("granulates by hyperparameter")
  func granulated() throws {
    let row = try #require(CorrelationTable(opposed).rows.first)
    let granulated = try #require(row.granulated)
    #expect(granulated.parts.map(\.hyperparameter) == ["a", "b"])
    #expect(granulated.parts.map(\.value) == [1, -1])
    #expect(granulated.parts.map(\.groups) == [2, 3])
    #expect(granulated.value == 0)
    // 15 pairs: the three that differ in b alone are discordant.
    #expect(row.tau == 9.0 / 15)
  }

  @Test("finds the environments in which a measure is wrong")
  func signError() throws {
    let error = try #require(CorrelationTable(opposed).rows.first?.signError)
    // Pairs that differ in a alone: 3 for each b; in b alone: one for each a.
    #expect(error.errors == [0, 0, 0, 0, 0, 0, 1, 1, 1])
    #expect(error.maximum == 1)
    #expect(abs(error.mean - 3.0 / 9) < 1e-15)
    #expect(error.ninetiethPercentile == 1)
    #expect(error.parts.map(\.mean) == [0, 1])
    #expect(error.parts.map(\.environments) == [6, 3])
    #expect(error.undecided == 0)
  }

  @Test("tells what is left given another measure, over the runs that have all three")
  func partial() throws {
    func gap(_ index: Int) -> Double { Double(index * 5 % 12) }
    func measure(_ index: Int) -> Double { Double(index * 7 % 12) }
    func other(_ index: Int) -> Double { Double(index * index % 11) + 0.01 * Double(index) }
    let runs = (0..<12).map { index in
      run(Double(index % 4), 0, seed: Double(index), gap: gap(index), measure: index == 3 ? nil : measure(index))
    }
    let values: [Double?] = (0..<12).map { $0 == 5 ? nil : other($0) }
    let table = CorrelationTable(runs, given: "other", values: values)
    #expect(table.given == "other")
    let row = try #require(table.rows.first)
    let members = (0..<12).filter { $0 != 3 && $0 != 5 }
    let expected = KendallTau.partial(members.map(measure), members.map(gap), given: members.map(other))
    let partial = try #require(row.partial)
    #expect(partial.tau == expected && partial.runs == 10)
    let interval = try #require(partial.interval)
    #expect(interval.lower <= partial.tau && partial.tau <= interval.upper)
    #expect(CorrelationTable(runs).rows.first?.partial == nil && CorrelationTable(runs).given == nil)
    // Of itself there is nothing left.
    #expect(CorrelationTable(runs, given: "m", values: values).rows.first?.partial == nil)
  }

  @Test("averages an environment over all pairs of seeds")
  func seeds() throws {
    // Two settings, two seeds each: of the four pairs of runs one has the wrong sign and one is tied in the measure:
    // (0 + ½ + 0 + 1)/4.
    let runs = [
      run(0, 0, seed: 0, gap: 1, measure: 1), run(0, 0, seed: 1, gap: 1, measure: 5),
      run(1, 0, seed: 0, gap: 2, measure: 6), run(1, 0, seed: 1, gap: 2, measure: 1),
    ]
    let error = try #require(CorrelationTable(runs).rows.first?.signError)
    #expect(error.errors == [0.375])
  }

  @Test("leaves out environments that noise decides")
  func noise() throws {
    let runs = [
      run(0, 0, gap: 1, measure: 1, gapError: 0.1), run(1, 0, gap: 1.05, measure: 0, gapError: 0.1),
      run(2, 0, gap: 3, measure: 2, gapError: 0.1),
    ]
    let error = try #require(CorrelationTable(runs).rows.first?.signError)
    #expect(error.errors == [0, 0])
    #expect(error.undecided == 1)
  }

  @Test("a measure that is the gap is right everywhere, its negative wrong everywhere", arguments: [1.0, -1.0])
  func extremes(sign: Double) throws {
    var generator = TestGenerator(state: 2)
    let runs = (0..<4).flatMap { a in
      (0..<3).flatMap { b in
        (0..<2).map { seed in
          let gap = generator.uniform()
          return run(Double(a), Double(b), seed: Double(seed), gap: gap, measure: sign * gap)
        }
      }
    }
    let row = try #require(CorrelationTable(runs).rows.first)
    #expect(row.tau == sign)
    #expect(row.granulated?.value == sign)
    #expect(row.signError?.mean == (1 - sign) / 2)
    #expect(row.interval?.contains(sign) == true)
    #expect(try #require(row.pValue) < 0.01)
  }

  @Test("keeps the order of measures, counts what is missing and takes the run's own measures")
  func columns() throws {
    let runs = (0..<4).map { index in
      ComparedRun(
        name: "r\(index)",
        metrics: ["validation_loss": Double(index) + 1, "train_loss": 1, "measure.norm": Double(-index)],
        measures: [MeasuredValue("z", .init(value: index == 2 ? .nan : Double(index), standardError: 0.1))])
    }
    let table = CorrelationTable(runs + [ComparedRun(name: "no gap", metrics: [:], measures: [])])
    #expect(table.runs == 4)
    #expect(table.rows.map(\.measure) == ["z", "norm"])
    #expect(table.rows.map(\.runs) == [3, 4])
    #expect(table.rows.map(\.tau) == [1, -1])
    #expect(table.rows.allSatisfy { $0.granulated == nil && $0.signError == nil })
    #expect(table.hasTooFewRuns)
    // Exact: 2 of 6 orders of three, 2 of 24 of four; Holm doubles the smaller and lifts nothing else.
    #expect(table.rows.map(\.pValue) == [2.0 / 6, 2.0 / 24])
    #expect(table.rows.map(\.adjustedPValue) == [2.0 / 6, 4.0 / 24])
  }

  @Test("counts settings rather than runs before it concludes")
  func tooFew() {
    let runs = (0..<5).flatMap { a in
      (0..<4).map { seed in run(Double(a), 0, seed: Double(seed), gap: Double(a), measure: Double(a)) }
    }
    let table = CorrelationTable(runs)
    #expect(table.runs == 20)
    #expect(table.settings == 5)
    #expect(table.hasTooFewRuns)
  }

  @Test("a measure that few settings have is no finding, however many have another")
  func fewOfOne() throws {
    let runs = (0..<14).map { run(Double($0), 0, gap: Double($0), measure: $0 < 5 ? Double($0) : nil) }
    let table = CorrelationTable(runs)
    let row = try #require(table.rows.first)
    #expect(row.tau == 1 && row.adjustedPValue! < 0.05 && row.hasTooFewRuns && row.settings == 5)
    #expect(!table.hasTooFewRuns && table.found.isEmpty)
    let all = CorrelationTable((0..<14).map { run(Double($0), 0, gap: Double($0), measure: Double($0)) })
    #expect(all.found.map(\.measure) == ["m"])
  }

  @Test("repetitions without a recorded seed are no change of a hyperparameter")
  func unrecordedSeeds() throws {
    let runs = [(1.0, 0.0, 0.0), (1, 1, 1), (1, 2, 2), (1, 3, 3), (2, -4, 14), (2, -3, 15), (2, -2, 16), (2, -1, 17)]
      .map {
        rate, measure, gap in
        ComparedRun(
          name: "", metrics: ["hyperparameter.lr": rate, "generalization_gap": gap, "measure.m": measure], measures: [])
      }
    let row = try #require(CorrelationTable(runs).rows.first)
    #expect(row.granulated?.value == -1 && row.signError?.mean == 1)
  }

  @Test("the interval of settings with seeds that scatter holds τ", arguments: 0..<5)
  func scatteringSeeds(trial: Int) throws {
    var generator = TestGenerator(state: UInt64(trial) * 31 + 5)
    let runs = (0..<10).flatMap { setting in
      (0..<5).map { seed in
        run(
          Double(setting), 0, seed: Double(seed), gap: Double(setting) + 0.3 * generator.uniform(),
          measure: Double(setting) + 0.3 * generator.uniform())
      }
    }
    var options = CorrelationTable.Options()
    options.permutations = 19
    options.resamples = 500
    let row = try #require(CorrelationTable(runs, options: options).rows.first)
    #expect(row.interval?.contains(row.tau!) == true)
  }

  @Test("a hyperparameter that is not a number, or not recorded, is not known to change")
  func unknownHyperparameters() throws {
    let runs = (0..<12).map { index in
      var metrics = [
        "hyperparameter.lr": Double(index % 2), "hyperparameter.wd": Double.nan, "seed": Double(index / 2),
        "generalization_gap": Double(index), "measure.m": Double(index),
      ]
      if index < 6 { metrics["hyperparameter.momentum"] = 0.9 }
      return ComparedRun(name: "", metrics: metrics, measures: [])
    }
    let table = CorrelationTable(runs)
    #expect(table.hyperparameters == ["lr", "momentum"] && table.settings == 4)
    let row = try #require(table.rows.first)
    #expect(row.granulated?.parts.map(\.hyperparameter) == ["lr"])
    #expect(row.signError?.parts.map(\.hyperparameter) == ["lr"])
  }

  @Test("equal gaps of decimal losses are ties, and a gap's error is one only where it is a number")
  func decimalGaps() {
    let losses = [(0.3, 0.2), (0.4, 0.3), (0.7, 0.6), (1.1, 1.0), (1234.1, 1234), (1e-5 + 0.1, 1e-5)]
    let gaps = losses.map { validation, training in
      ComparedRun(name: "", metrics: ["validation_loss": validation, "train_loss": training], measures: [])
        .generalizationGap
    }
    #expect(Set(gaps) == [0.1])
    func error(_ value: Double) -> Double? {
      ComparedRun(name: "", metrics: ["generalization_gap_error": value], measures: []).gapError
    }
    #expect(error(.nan) == nil && error(-1) == nil && error(.infinity) == nil && error(0.1) == 0.1)
    let large = ComparedRun(name: "", metrics: ["validation_loss": 1e300, "train_loss": -1e-300], measures: [])
    #expect(large.generalizationGap == 1e300)
  }

  @Test("of two measures of one name the audit's stands")
  func sameName() {
    let run = ComparedRun(
      name: "", metrics: ["measure.m": 7, "measure.own": 1], measures: [.init("m", .init(value: 3, standardError: nil))]
    )
    #expect(run.allMeasures.map(\.name) == ["m", "own"] && run.allMeasures[0].estimate.value == 3)
  }

  @Test("however many measures there are, pairings are enough for one of them to pass")
  func manyMeasures() {
    let runs = (0..<20).map { index in
      var metrics = ["generalization_gap": Double(index), "measure.0": Double(index)]
      for other in 1..<12 { metrics["measure.\(other)"] = Double((index * other + other * other) % 23) }
      return ComparedRun(name: "", metrics: metrics, measures: [])
    }
    var options = CorrelationTable.Options()
    options.permutations = 19
    options.resamples = 19
    #expect(CorrelationTable(runs, options: options).found.contains { $0.measure == "0" })
  }

  @Test("is the same every time")
  func repeats() {
    #expect(CorrelationTable(opposed) == CorrelationTable(opposed))
  }
}
