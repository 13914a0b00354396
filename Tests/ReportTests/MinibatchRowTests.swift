import Checkpoint
import Regret
import Testing

@testable import Report

@Suite("Minibatches one by one")
struct MinibatchRowTests {
  @Test("values far from the others stand out, few or equal ones do not")
  func outliers() {
    let values = (1...20).map(Double.init)
    // Median 10.5, median absolute deviation 5: 3.5 · 5 ÷ 0.6745 = 25.95 from it.
    let outliers = Outliers(values)
    #expect(outliers.side(of: 36.4) == nil && outliers.side(of: 36.5) == .above)
    #expect(outliers.side(of: -15.4) == nil && outliers.side(of: -15.5) == .below)
    #expect(Outliers(Array(values.prefix(7))).side(of: 1e9) == nil)
    #expect(Outliers([Double](repeating: 3, count: 20)).side(of: 3) == nil)
    // Where half are equal the mean deviation stands in: of 19 zeros and a 20 it is 1, times 1.2533 · 3.5 = 4.39.
    let mostlyEqual = Outliers([Double](repeating: 0, count: 19) + [20])
    #expect(
      mostlyEqual.side(of: 20) == .above && mostlyEqual.side(of: 4.3) == nil && mostlyEqual.side(of: 4.5) == .above)
    #expect(Outliers(values + [.nan, .infinity]).side(of: .nan) == nil)
    #expect(Outliers(values.map { $0 * 1e307 * 1.5 }).side(of: 1e-300) == nil)
  }

  private func checkpoint(_ count: Int = 12) throws -> CheckpointReport {
    try Example.checkpoint(minibatches: count)
  }

  @Test("a loss, a norm and an agreement that lie far off are marked, and so are equal rows")
  func marks() throws {
    var checkpoint = try checkpoint()
    for index in 0..<12 { checkpoint.audit.minibatches?[index].euclidean?.norm = 1 + Double(index) / 100 }
    checkpoint.audit.minibatches?[3].euclidean?.norm = 1e6
    checkpoint.description.losses = (0..<12).map { 1 + Double($0) / 100 }
    checkpoint.description.losses[5] = 40
    checkpoint.description.losses[6] = .nan
    checkpoint.audit.minibatches?[7].equalRows = [8]
    checkpoint.audit.minibatches?[8].equalRows = [7]
    checkpoint.audit.minibatches?[9].euclidean = nil
    let rows = try #require(MinibatchRows(checkpoint)).rows
    #expect(rows[3].marks.contains("norm high"))
    #expect(rows[5].marks.contains("loss high"))
    #expect(rows[6].marks.contains("loss is no number"))
    #expect(rows[7].marks.contains("same as 8") && rows[8].marks.contains("same as 7"))
    #expect(rows[9].marks.contains("zero gradient"))
    #expect(!rows[1].marks.contains { $0.hasPrefix("norm") || $0.hasPrefix("loss") })
    let report = Report(checkpoints: [checkpoint])
    for text in [report.text(), report.html] {
      for mark in ["norm high", "loss high", "same as 8", "zero gradient"] { #expect(text.contains(mark), "\(mark)") }
    }
  }

  @Test("a group is held against its own minibatches")
  func groups() throws {
    let ids = (0..<24).map { $0 % 2 }
    var checkpoint = try Example.checkpoint(minibatches: 24, groups: .init(names: ["low", "high"], ids: ids))
    checkpoint.description.losses = ids.enumerated().map { Double($1 * 1000) + Double($0) / 10 }
    #expect(try #require(MinibatchRows(checkpoint)).rows.allSatisfy { !$0.marks.contains("loss high") })
    checkpoint.description.losses[2] = 1002
    #expect(try #require(MinibatchRows(checkpoint)).rows[2].marks.contains("loss high"))
    #expect(Report(checkpoints: [checkpoint]).text().contains("of its group"))
  }

  @Test("many minibatches are cut to those that stand out in text, and whole elsewhere", arguments: [24, 25, 200])
  func many(count: Int) throws {
    var checkpoint = try checkpoint(count)
    checkpoint.description.losses = (0..<count).map { 1 + Double($0) / 1000 }
    checkpoint.description.losses[count - 1] = 1e3
    let report = Report(checkpoints: [checkpoint])
    #expect(report.text().contains("loss high"))
    #expect(report.text().contains("more in --format csv, json or html") == (count > 24))
    let path = "per_minibatch.\(count - 1).loss"
    #expect(checkpoint.json.value(at: path) == .number(1e3))
    #expect(report.csv.contains(",\(path),1000,,,\n"))
    #expect(report.csv.split(separator: "\n").count { $0.contains(".euclidean.share,") } == count)
    #expect(Gate(path: path, limit: 1).isPossible)
    guard case .exceeded = Gate(path: path, limit: 1).check(checkpoint) else {
      Issue.record("not exceeded")
      return
    }
  }

  @Test("one is found by its row, where others were left out")
  func leftOut() throws {
    var checkpoint = try checkpoint()
    checkpoint.audit.minibatches?.remove(at: 2)
    #expect(checkpoint.json.value(at: "per_minibatch.3.minibatch") == .integer(3))
    #expect(
      checkpoint.json.value(at: "per_minibatch.3.euclidean.norm")?.double
        == checkpoint.audit.minibatches?[2].euclidean?.norm)
  }
}
