import Comparison
import Report
import Testing

@Suite("Comparison of models")
struct ComparisonReportTests {
  private func report(_ count: Int, hasGap: Bool = true) throws -> ComparisonReport {
    var options = CorrelationTable.Options()
    options.permutations = 99
    options.resamples = 50
    return ComparisonReport(
      try (0..<count).map { index in
        let gap = ["generalization_gap": Double(index % 7) * 0.1 + Double(index) * 0.01]
        return .init(
          name: "study/model-\(index)",
          checkpoint: try Example.checkpoint(
            run: "run \(index)", seed: UInt64(index + 1), metrics: hasGap ? gap : [:]))
      }, options: options)
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
}
