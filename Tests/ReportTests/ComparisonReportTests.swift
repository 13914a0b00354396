import Checkpoint
import Comparison
import Regret
import Testing

@testable import Report

@Suite("Comparison of models")
struct ComparisonReportTests {
  private func report(
    _ count: Int, hasGap: Bool = true, correlating: [String] = [], permutations: Int = 99
  ) throws -> ComparisonReport {
    var options = CorrelationTable.Options()
    options.permutations = permutations
    options.resamples = 50
    return ComparisonReport(
      try (0..<count).map { index in
        let gap = ["generalization_gap": Double(index % 7) * 0.1 + Double(index) * 0.01]
        return .init(
          name: "study/model-\(index)",
          checkpoint: try Example.checkpoint(
            run: "run \(index)", seed: UInt64(index + 1), metrics: hasGap ? gap : [:], options: Self.damped))
      }, correlating: correlating, options: options)
  }

  @Test("the figure, the table and the contrast have the measures that were chosen, in that order")
  func correlating() throws {
    let chosen = ["related.parameters.relative_flatness", "euclidean.norm"]
    // As many pairings as all measures would have.
    let report = try report(12, correlating: chosen, permutations: 4_999)
    #expect(report.correlations?.rows.map(\.measure) == chosen)
    let figure = try #require(report.chart(.correlations)).svg
    #expect(chosen.allSatisfy(figure.contains) && !figure.contains("kl.held_out.regret"))
    let all = try self.report(12, permutations: 4_999)
    // Holm's correction counts what is tested.
    let (one, other) = (report.correlations!.rows[1], all.correlations!.rows.first { $0.measure == chosen[1] }!)
    #expect(one.pValue == other.pValue && one.adjustedPValue! <= other.adjustedPValue!)
    #expect(all.measureNames.isSuperset(of: chosen))
  }

  @Test("partial correlations stand in the table and in the JSON, and fit 80 columns")
  func given() throws {
    let report = ComparisonReport(
      try self.report(12).members, correlating: ["euclidean.norm"], given: "kl.held_out.regret")
    let correlations = report.json["correlations"]
    #expect(correlations?["given"] == .string("kl.held_out.regret"))
    let row = report.json.value(at: "correlations.measures.0")
    #expect(row?["partial"]?["tau"]?.double != nil && row?["measure"] == .string("euclidean.norm"))
    let text = report.text()
    #expect(text.contains("given") && text.contains("partial τ"))
    for line in text.split(separator: "\n") { #expect(line.count <= 80) }
  }

  @Test("few runs are said to be too few", arguments: [(3, true), (12, false)])
  func tooFew(count: Int, isFew: Bool) throws {
    let report = try report(count)
    #expect(report.correlations?.hasTooFewRuns == isFew)
    #expect(report.text().contains("too few") == isFew)
  }

  @Test("without gaps nothing is said about generalization")
  func noGap() throws {
    let report = try report(4, hasGap: false)
    let words = report.text().split(whereSeparator: \.isWhitespace).joined(separator: " ")
    #expect(report.correlations == nil && words.contains("nothing can be said about generalization"))
  }

  @Test("fits 80 columns and shortens what the names share")
  func text() throws {
    let text = try report(12).text()
    for line in text.split(separator: "\n") { #expect(line.count <= 80, "\(line)") }
    #expect(text.contains(" model-3 ") && !text.contains("study/model-3"))
  }

  @Test("the page has a scatter plot of every model with a gap")
  func scatter() throws {
    let html = try report(12).html
    #expect(html.contains("Measures against the generalization gap"))
    #expect(html.ranges(of: "see-through f0").count >= 36)
  }

  @Test("checkpoints of one run are called dependent")
  func dependent() throws {
    let one = try Example.checkpoint(run: "same", step: 1)
    let two = try Example.checkpoint(run: "same", step: 2, seed: 9)
    let report = ComparisonReport([.init(name: "a", checkpoint: one), .init(name: "b", checkpoint: two)])
    #expect(report.warnings.contains { $0.contains("not independent") })
  }

  /// One ρ for all.
  private static let damped = AuditOptions(damping: .diagonal(0.1))

  /// Two models with a gap each, the second with `change`.
  private func pair(_ second: CheckpointReport) throws -> ComparisonReport {
    let first = try Example.checkpoint(run: "1", metrics: ["generalization_gap": 0.1], options: Self.damped)
    return ComparisonReport([.init(name: "a", checkpoint: first), .init(name: "b", checkpoint: second)])
  }

  private static let gap = ["generalization_gap": 0.2]

  @Test("on what can't be compared there is no verdict, and the reason stands in its place")
  func otherBatchSizes() throws {
    let report = try pair(Example.checkpoint(run: "2", seed: 2, metrics: Self.gap, batchSize: 64, options: Self.damped))
    let json = report.json
    #expect(json.value(at: "ranking.reason") == .string("batch sizes differ"))
    for path in ["rank", "difference", "distinct"] { #expect(json.value(at: "ranking.places.1.\(path)") == .null) }
    #expect(json.value(at: "ranking.places.1.estimate.value")?.double != nil)
    guard case .array(let rows)? = json.value(at: "correlations.measures") else { throw Missing() }
    func row(_ measure: String) -> JSONValue? { rows.first { $0["measure"] == .string(measure) } }
    #expect(row("euclidean.regret")?["tau"] == .null)
    #expect(row("euclidean.regret")?["reason"] == .string("batch sizes differ"))
    #expect(row("euclidean.noise_scale")?["tau"] == .number(1) || row("euclidean.noise_scale")?["tau"] == .number(-1))
    #expect(row("euclidean.noise_scale")?["reason"] == .null)
    let words = report.text().split(whereSeparator: \.isWhitespace).joined(separator: " ")
    #expect(words.contains("No ranking: the regrets can't be compared, since batch sizes differ."))
    let line = report.text().split(separator: "\n").first { $0.contains("Euclidean regret") }
    #expect(line?.hasSuffix("no verdict") == true)
    #expect(
      report.text().split(separator: "\n").first { $0.contains("noise scale  ") }?.hasSuffix("no verdict") == false)
    for text in [report.text(), report.html] {
      #expect(!text.contains("distinct") && !text.contains("within the error"))
    }
    #expect(report.chart(.regret) == nil)
  }

  @Test(
    "what bars a measure",
    arguments: [
      ("kind", "kl.held_out.regret", "euclidean.regret"), ("count", "kl.in_sample.cosine", "euclidean.cosine"),
      ("groups", "euclidean.regret", "metric.of.my.own"),
    ])
  func barred(what: String, measure: String, free: String) throws {
    let groups = MinibatchGroups(names: ["other"], ids: [Int](repeating: 0, count: 8))
    let second =
      switch what {
      case "kind": try Example.checkpoint(run: "2", kind: .empirical, metrics: Self.gap, options: Self.damped)
      case "count": try Example.checkpoint(run: "2", minibatches: 9, metrics: Self.gap, options: Self.damped)
      default: try Example.checkpoint(run: "2", metrics: Self.gap, groups: groups, options: Self.damped)
      }
    let report = try pair(second)
    #expect(report.incomparable(measure) != nil)
    #expect(report.incomparable(free) == nil)
  }

  @Test("equal batch sizes are equal, however many minibatches", arguments: [3, 5, 7, 9, 10, 50, 100, 250])
  func equalSizes(size: Int) throws {
    let members = try [8, 10, 7].map { count in
      try Example.checkpoint(run: "\(count)", minibatches: count, batchSize: size, options: Self.damped)
    }
    let report = ComparisonReport(members.enumerated().map { .init(name: "\($0)", checkpoint: $1) })
    #expect(!report.warnings.contains { $0.contains("Batch sizes") } && report.incomparable("euclidean.regret") == nil)
    #expect(Set(members.map(\.audit.batchSize)) == [Double(size)])
    // The mean gradient's noise is that of N minibatches.
    for measure in ["one_step_ratio", "regret_on_mean", "regret_ratio"] {
      #expect(report.incomparable("related.euclidean." + measure) == "numbers of minibatches differ")
    }
    #expect(report.incomparable("related.euclidean.disparity") == nil)
  }

  @Test("Fishers of more rows, and other groups of larger minibatches, are told")
  func otherRows() throws {
    let groups = MinibatchGroups(names: ["train", "val"], ids: [0, 0, 0, 0, 1, 1, 1, 1])
    let first = try Example.checkpoint(run: "1", groups: groups, options: Self.damped)
    var second = try Example.checkpoint(run: "2", seed: 2, groups: groups, options: Self.damped)
    #expect(second.audit.kl?.fisherRows == 16)
    func report() -> ComparisonReport {
      ComparisonReport([.init(name: "a", checkpoint: first), .init(name: "b", checkpoint: second)])
    }
    #expect(report().warnings.isEmpty)
    second.audit.kl?.fisherRows = 64
    for path in ["kl.in_sample.regret", "kl.held_out.regret", "fisher.contrast.frobenius", "damping_path[0.1].regret"] {
      #expect(report().incomparable(path) == "numbers of factor rows differ")
    }
    for path in ["kl.estimate.regret", "euclidean.regret", "fisher.trace"] {
      #expect(report().incomparable(path) == nil)
    }
    #expect(report().warnings.contains { $0.contains("different numbers of factor rows") })
    second.audit.kl?.fisherRows = 16
    second.audit.groups?.groups[1].batchSize = 64
    for path in [
      "transfer.train.val.kl.estimate.excess", "transfer.val.train.euclidean.transfer", "damping_path[0.1].excess.val",
    ] {
      #expect(report().incomparable(path) == "batch sizes of val differ")
    }
    #expect(report().incomparable("transfer.train.val.loss_excess") == nil)
    #expect(report().incomparable("transfer.train.train.euclidean.regret") == nil)
    #expect(report().incomparable("kl.estimate.regret") == nil)
    #expect(report().warnings.contains { $0.contains("Batch sizes of val differ") })
  }

  @Test("gaps of two origins, partial checkpoints and what can't be given are told")
  func told() throws {
    let first = try Example.checkpoint(run: "1", metrics: ["generalization_gap": 10], options: Self.damped)
    var second = try Example.checkpoint(
      run: "2", metrics: ["validation_loss": 1, "train_loss": 0.9], batchSize: 64, options: Self.damped)
    second.description.isPartial = true
    let members = [("a", first), ("b", second)].map { ComparisonReport.Member(name: $0, checkpoint: $1) }
    let report = ComparisonReport(members, given: "euclidean.regret")
    #expect(report.warnings.contains { $0.contains("may be of different kinds") })
    #expect(report.warnings.contains { $0.contains("Partial") && $0.contains("b") })
    #expect(report.warnings.contains { $0.contains("--given euclidean.regret can't be taken") })
    #expect(!ComparisonReport(members, gapMetric: "train_loss").warnings.contains { $0.contains("different kinds") })
  }

  @Test("where nothing can be held against the gap that is what is said")
  func nothingTested() throws {
    let members = try (0..<12).map { index in
      ComparisonReport.Member(
        name: "\(index)",
        checkpoint: try Example.checkpoint(
          run: "\(index)", seed: UInt64(index + 1), metrics: ["generalization_gap": 1], options: Self.damped))
    }
    func words(_ report: ComparisonReport) -> String {
      report.text().split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }
    let equal = words(ComparisonReport(members))
    #expect(equal.contains("gaps are all the same") && !equal.contains("beyond what chance does"))
    let few = try self.report(6, correlating: ["euclidean.norm"])
    #expect(try #require(few.chart(.correlations)).svg.contains("too few to conclude anything"))
    #expect(try #require(few.chart(.correlations)).svg.contains("Hollow") == false)
  }

  @Test("the same minibatches in another order are told from others")
  func reordered() throws {
    let hashes = (1...8).map(UInt64.init)
    let one = try Example.checkpoint(run: "1", batchHashes: hashes, options: Self.damped)
    let two = try Example.checkpoint(run: "2", batchHashes: hashes.reversed(), options: Self.damped)
    let report = ComparisonReport([.init(name: "a", checkpoint: one), .init(name: "b", checkpoint: two)])
    let words = report.text().split(whereSeparator: \.isWhitespace).joined(separator: " ")
    #expect(words.contains("the same in another order"))
  }

  @Test("like is compared with like") func comparable() throws {
    let one = try Example.checkpoint(run: "1", options: Self.damped)
    let two = try Example.checkpoint(run: "2", seed: 2, options: Self.damped)
    let report = ComparisonReport([.init(name: "a", checkpoint: one), .init(name: "b", checkpoint: two)])
    #expect(report.json["incomparable"] == .object([]))
    #expect(report.json.value(at: "ranking.places.0.rank") == .integer(1))
    #expect(!report.text().contains("No verdict") && !report.text().contains("no verdict"))
  }

  @Test("differences on the same minibatches are paired, and only there", arguments: [8, 9]) func paired(count: Int)
    throws
  {
    // The second model's rows are the first's and a little: almost all of the error is common.
    let one = try Example.checkpoint(run: "1", options: Self.damped)
    let two = try Example.checkpoint(run: "2", minibatches: count, options: Self.damped)
    let report = ComparisonReport([.init(name: "a", checkpoint: one), .init(name: "b", checkpoint: two)])
    let error = report.json.value(at: "ranking.places.1.difference.stderr")?.double
    let words = report.text().split(whereSeparator: \.isWhitespace).joined(separator: " ")
    #expect(words.contains("paired: captured on the same minibatches") == (count == 8))
    #expect(words.contains("takes the two as independent;") == (count == 9))
    #expect((error == 0) == (count == 8))
  }

  @Test(
    "hashes of the minibatches tell whether they are the same",
    arguments: [(8, 8, true), (8, 9, false), (8, nil, true), (nil, 9, true)] as [(UInt64?, UInt64?, Bool)])
  func hashes(first: UInt64?, second: UInt64?, isPaired: Bool) throws {
    let checkpoints = try [first, second].enumerated().map { place, last in
      try Example.checkpoint(
        run: "\(place)", batchHashes: last.map { Array(1...7) + [$0] }, options: Self.damped)
    }
    let report = ComparisonReport(checkpoints.map { .init(name: $0.description.run, checkpoint: $0) })
    #expect((report.json.value(at: "ranking.places.1.difference.stderr")?.double == 0) == isPaired)
    let words = report.text().split(whereSeparator: \.isWhitespace).joined(separator: " ")
    #expect(words.contains("as their hashes tell") == (first != nil && second != nil))
    #expect(words.contains("as far as the files tell") == (first == nil || second == nil))
    #expect(words.contains("are not the same, as their hashes tell") == !isPaired)
  }

  @Test("any number of models stands side by side", arguments: [2, 5, 7, 60]) func sideBySide(count: Int) throws {
    let report = try report(count, hasGap: false)
    let text = report.text()
    #expect(text.contains("Side by side"))
    for line in text.split(separator: "\n") { #expect(line.count <= 80, "\(line)") }
    let part = report.html.components(between: "Side by side", "</section>")
    for index in 0..<count { #expect(part.contains("model-\(index)<"), "\(index)") }
    let measure = report.runs[count - 1].measures.first { $0.name == "euclidean.noise_scale" }!.estimate
    #expect(part.contains(NumberText.withError(measure.value, measure.halfWidth(count: 8))))
  }

  @Test("recorded names stand for paths, and equal ones are told apart") func names() throws {
    let members = try ["sgd", "sgd", nil, "<b>"].enumerated().map { index, name in
      ComparisonReport.Member(
        name: "study/m\(index)",
        checkpoint: try Example.checkpoint(
          run: "\(index)", seed: UInt64(index + 1), configuration: RunConfiguration(name: name)))
    }
    let report = ComparisonReport(members)
    guard case .array(let runs)? = report.json["runs"] else { throw Missing() }
    #expect(runs.map { $0["title"] } == ["sgd (m0)", "sgd (m1)", "m2", "<b>"].map { .string($0) })
    #expect(runs.map { $0["name"] } == (0..<4).map { .string("study/m\($0)") })
    #expect(report.text().contains("sgd (m1)") && !report.html.contains("<b>"))
  }

  @Test("columns are those that were asked for") func columns() throws {
    let members = try [0.1, 0.01].enumerated().map { index, rate in
      ComparisonReport.Member(
        name: "m\(index)",
        checkpoint: try Example.checkpoint(
          run: "\(index)", seed: UInt64(index + 1),
          configuration: RunConfiguration(values: ["lr": .number(rate), "optimizer": "sgd,\"x\""])))
    }
    let paths = ["configuration.lr", "configuration.optimizer", "euclidean.regret", "metrics.nowhere"]
    let report = ComparisonReport(members, columns: paths)
    let lines = report.csv.split(separator: "\n")
    #expect(
      lines[0]
        == "name,file,step,configuration.lr,configuration.optimizer,euclidean.regret,euclidean.regret.stderr,metrics.nowhere"
    )
    let regret = try #require(report.runs[1].measures.first { $0.name == "euclidean.regret" }).estimate
    let fields = lines[2].split(separator: ",", omittingEmptySubsequences: false)
    #expect(lines[2].hasPrefix("m1,run/step-00000120.h5,120,0.01,\"sgd,\"\"x\"\"\","))
    #expect(Double(fields[6]) == regret.value && Double(fields[7]) == regret.standardError && fields[8] == "")
    for path in paths { #expect(report.text().contains(path) && report.html.contains(path)) }
    #expect(!report.text().contains("Euclidean cosine"))
  }

  @Test(
    "a path that no file can have is none",
    arguments: [
      ("euclidean.regret", true), ("kl.estimate.cosine.low", true), ("metrics.x", true), ("configuration.x", true),
      ("name", true), ("euclidean.regert", false), ("configuration", false), ("metrics.", false), ("", false),
    ])
  func possible(path: String, isPossible: Bool) { #expect(ComparisonColumn.isPossible(path) == isPossible) }

  private struct Missing: Error {}
}

extension String {
  /// What stands between the first `start` and the next `end`.
  fileprivate func components(between start: String, _ end: String) -> Substring {
    guard let first = firstRange(of: start) else { return "" }
    let rest = self[first.upperBound...]
    return rest.firstRange(of: end).map { rest[..<$0.lowerBound] } ?? rest
  }
}
