import Checkpoint
import Foundation
@testable import Regret
import Testing

@testable import Report

@Suite("Groups of minibatches in reports")
struct GroupReportTests {
  static let names = [
    ["train", "validation"], ["a", "b"], ["scanner one", "scanner two", "a clinic far away", "<b>&\"'"],
    ["\u{1b}[31m", "名前名前名前名前名前名前", String(repeating: "long ", count: 30), "日本", "x", "y", "z", "w"],
    (0..<40).map { "class.\($0)" },
  ]

  private static func checkpoint(_ names: [String], each: Int = 3, seed: UInt64 = 1) throws -> CheckpointReport {
    let count = each * names.count
    return try Example.checkpoint(
      seed: seed, minibatches: count,
      groups: MinibatchGroups(names: names, ids: (0..<count).map { $0 % names.count }),
      options: AuditOptions(damping: .diagonal(0.3), keepsArrays: true, fisherGroup: .all))
  }

  @Test("text fits 80 columns, whatever the names are", arguments: names)
  func width(names: [String]) throws {
    let checkpoint = try Self.checkpoint(names)
    let text = Report(checkpoints: [checkpoint]).text()
    for line in text.split(separator: "\n") {
      #expect(String(line).terminalWidth <= 80, "\(line)")
      #expect(!line.unicodeScalars.contains { $0.value < 32 })
    }
    #expect(text.contains(names.count == 2 ? "carried over" : "Which groups pull against which?"))
    let comparison = ComparisonReport([
      .init(name: "one", checkpoint: checkpoint), .init(name: "two", checkpoint: checkpoint),
    ])
    for line in comparison.text(TextOptions()).split(separator: "\n") {
      #expect(String(line).terminalWidth <= 80, "\(line)")
    }
  }

  @Test("the sentence is about training and validation data by name, and about others by theirs")
  func sentence() throws {
    var checkpoint = try Self.checkpoint(["train", "validation"], each: 8)
    checkpoint.audit.groups?.pairs[1].estimate?.transfer = nil
    checkpoint.audit.groups?.pairs[1].heldOut?.transfer = nil
    #expect(try #require(GroupWording(checkpoint)).sentences.contains("no agreement can be told from chance"))
    let share = Estimate(value: 0.31, standardError: 0.03, interval: .init(low: 0.25, high: 0.37))
    checkpoint.audit.groups?.pairs[1].estimate?.transfer = share
    checkpoint.audit.groups?.pairs[1].heldOut?.transfer = share
    let known = Report(checkpoints: [checkpoint]).text()
    #expect(known.contains("Does it carry over from training to validation?"))
    let words = try #require(GroupWording(checkpoint)).sentences
    let sentence =
      "A step that is best for a training minibatch gives a validation minibatch 31.0% ± 6.0% of what it gives another "
      + "training minibatch"
    #expect(words.hasPrefix(sentence))
    let other = Report(checkpoints: [try Self.checkpoint(["a", "b"], each: 8)]).text()
    #expect(other.contains("from “a” to “b”"))
  }

  @Test("pages and figures hold no markup of names", arguments: names)
  func markup(names: [String]) throws {
    let report = Report(checkpoints: [try Self.checkpoint(names)])
    for text in [report.html, try #require(report.chart(.groups)).svg] {
      #expect(!text.contains("<b>&") && !text.contains("\u{1b}"))
    }
  }

  @Test("JSON lists every pair of up to 32 groups, of more those that stand out or all")
  func listing() throws {
    func transfers(_ checkpoint: CheckpointReport) throws -> [[String: Any]] {
      let json = try JSONSerialization.jsonObject(with: Data(checkpoint.json.text.utf8)) as? [String: Any]
      return try #require(json?["transfer"] as? [[String: Any]])
    }
    let few = try Self.checkpoint(["a", "b", "c"])
    #expect(
      try transfers(few).map { "\($0["from"]!)\($0["to"]!)" } == ["aa", "ab", "ac", "ba", "bb", "bc", "ca", "cb", "cc"])
    var many = try Self.checkpoint(Self.names[4])
    let listed = try transfers(many)
    #expect(listed.count == 64 && listed.allSatisfy { $0["from"] as? String != $0["to"] as? String })
    many.listsAllTransfers = true
    let all = try transfers(many)
    #expect(all.count == 1_600)
    // Those that are listed are the largest and the smallest.
    func excess(_ pair: [String: Any]) -> Double {
      let kl = pair["kl"] as? [String: Any]
      let measures = (many.audit.kl?.supportedEstimate == nil ? kl?["held_out"] : kl?["estimate"]) as? [String: Any]
      return ((measures?["excess"] as? [String: Any])?["value"] as? Double) ?? .nan
    }
    let ranked = all.filter { $0["from"] as? String != $0["to"] as? String }.map(excess).sorted()
    #expect(listed.map(excess).sorted() == Array(ranked.prefix(32) + ranked.suffix(32)))
    #expect(try Example.checkpoint().json["transfer"] == .null && Example.checkpoint().json["groups"] == .null)
  }

  @Test("gates and CSV name pairs by where they lead")
  func paths() throws {
    let checkpoint = try Self.checkpoint(["train", "validation"], each: 6)
    let pair = try #require(checkpoint.audit.groups).pair(0, 1)
    let excess = try #require(pair.heldOut?.excess)
    let path = "transfer.train.validation.kl.held_out.excess"
    #expect(Gate(path: path, limit: excess.value - 0.01).isPossible)
    guard case .exceeded = Gate(path: path, limit: excess.value - 0.01).check(checkpoint) else {
      Issue.record("not exceeded")
      return
    }
    #expect(Gate(path: path, limit: excess.value + 0.01).check(checkpoint) == .passed)
    guard case .unknown = Gate(path: "transfer.train.test.kl.held_out.excess", limit: 0).check(checkpoint) else {
      Issue.record("a group that is not there")
      return
    }
    let csv = Report(checkpoints: [checkpoint]).csv
    #expect(
      csv.contains(
        ",\(path),\(excess.value),\(excess.standardError!),\(excess.interval!.low),\(excess.interval!.high!)\n"))
    #expect(csv.contains(",groups.train.minibatches,6,,,\n"))
  }

  @Test("of a reference of one minibatch nothing is said about chance")
  func oneOfReference() throws {
    let groups = MinibatchGroups(names: ["one", "rest"], ids: [0, 1, 1, 1, 1, 1, 1, 1])
    let text = Report(checkpoints: [try Example.checkpoint(groups: groups)]).text()
    let words = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    #expect(words.contains("there is no other minibatch") && !words.contains("told from chance"))
  }

  @Test("conflicts come with intervals that are wider than one pair's, the clearest first")
  func conflicts() throws {
    let checkpoint = try Self.checkpoint(["a", "b", "c", "d"], each: 5)
    let words = try #require(GroupWording(checkpoint))
    let ranked = words.conflicts.ranked
    #expect(ranked.count == 12)
    let clarity = ranked.map { $0.excess.value / $0.excess.standardError! }
    #expect(clarity == clarity.sorted(by: >))
    for conflict in ranked {
      let own = try #require(conflict.excess.interval)
      #expect(conflict.interval.low <= own.low && conflict.interval.high! >= own.high!)
    }
    // The last one stands alone: 95% with the smaller group's degrees of freedom.
    let last = try #require(ranked.last)
    let half = StudentT.quantile(degrees: 4) * last.excess.standardError!
    #expect(abs(last.interval.high! - last.excess.value - half) < 1e-9)
  }

  @Test("groups that agree stand together")
  func order() throws {
    func transfer(_ from: Int, _ to: Int, _ cosine: Double) -> GroupTransfer {
      let estimate = { Estimate(value: $0, standardError: nil) }
      return GroupTransfer(
        from: from, to: to,
        euclidean: TransferMeasures(regret: estimate(1), cosine: estimate(cosine), excess: nil, transfer: nil),
        inSample: nil, heldOut: nil, estimate: nil, tensors: [])
    }
    // 0 and 3 agree, 1 and 2 do, 3 and 1 a little.
    let cosines = [[1, 0, 0, 0.9], [0, 1, 0.8, 0.3], [0, 0.8, 1, 0], [0.9, 0.3, 0, 1]]
    let measures = GroupMeasures(
      groups: (0..<4).map { GroupSummary(name: "\($0)", minibatchCount: 2, batchSize: 1, loss: nil) }, reference: 0,
      fisher: 0, pairs: (0..<4).flatMap { from in (0..<4).map { transfer(from, $0, cosines[from][$0]) } })
    #expect(GroupOrder.places(measures, .euclidean) == [0, 3, 1, 2])
  }

  @Test("a run is drawn from group to group, with the groups' losses")
  func run() throws {
    let checkpoints = try (1...3).map { step in
      var checkpoint = try Self.checkpoint(["train", "validation"], each: 5, seed: UInt64(step))
      checkpoint.description.step = step
      return checkpoint
    }
    let report = Report(checkpoints: checkpoints)
    let chart = try #require(report.chart(.transfer))
    #expect(chart.svg.contains("train → validation") && chart.svg.contains("loss, nats"))
    #expect(report.html.contains("carried over"))
    #expect(Report(checkpoints: [try Example.checkpoint(), try Example.checkpoint(step: 130)]).chart(.transfer) == nil)
  }

  @Test("names that differ only in how they are spelt are two groups, in the headline and where factors are")
  func spelling() throws {
    // é composed, and e with an accent of its own: Swift calls the two equal.
    let names = ["\u{e9}", "e\u{301}"]
    #expect(names[0] == names[1])
    let groups = MinibatchGroups(names: names, ids: (0..<12).map { $0 % 2 })
    #expect(groups.place(of: names[0]) == 0 && groups.place(of: names[1]) == 1 && groups.place(of: "e") == nil)
    for (place, name) in names.enumerated() {
      let checkpoint = try Example.checkpoint(
        minibatches: 12, groups: groups, options: AuditOptions(damping: .diagonal(0.1), reference: name))
      #expect(checkpoint.referenceMinibatches == Set((0..<12).filter { $0 % 2 == place }))
    }
  }
}
