import Checkpoint
import Comparison
import Foundation
import Regret
import Report
import Testing

/// Every number of an audit at the ends of double precision, in every table, page and figure.
@Suite("Numbers at the ends of double precision, in reports")
struct ExtremeNumberTests {
  static let extremes = [
    "0", "-0.0", "5e-324", "-5e-324", "2.2250738585072014e-308", "1.5e-162", "1e-300", "1.3e154", "1e200",
    "1.7976931348623157e308", "-1.7976931348623157e308", "nan", "infinity", "-infinity",
  ]

  /// `audit` with every number that is not a count replaced by what `number` gives for its place.
  private func replacing(_ audit: Audit, _ number: (Int) -> String) throws -> Audit {
    let encoder = PropertyListEncoder()
    encoder.outputFormat = .xml
    let parts = String(decoding: try encoder.encode(audit), as: UTF8.self).components(separatedBy: "<real>")
    #expect(parts.count > 300)
    var text = parts[0]
    for (place, part) in parts.dropFirst().enumerated() {
      text += "<real>\(number(place))" + part.drop { $0 != "<" }
    }
    return try PropertyListDecoder().decode(Audit.self, from: Data(text.utf8))
  }

  private func check(_ report: Report) throws {
    let outputs = [
      report.text(TextOptions()), report.summary(), report.csv, report.json.text, report.html,
      report.checkpoints.map(\.line).joined(),
    ]
    #expect(outputs.allSatisfy { !$0.isEmpty })
    let members = report.checkpoints.enumerated().map {
      ComparisonReport.Member(name: "m\($0.offset)", checkpoint: $0.element)
    }
    var options = CorrelationTable.Options()
    (options.permutations, options.resamples) = (20, 20)
    let comparison = ComparisonReport(members, options: options)
    #expect(!comparison.text(TextOptions()).isEmpty && !comparison.html.isEmpty && !comparison.csv.isEmpty)
    #expect(!comparison.json.text.isEmpty)
    let pictures = report.charts.map(\.svg) + [report.html, comparison.html]
    let coordinate = /\s(?:d|x|y|x1|x2|y1|y2|cx|cy|r|points|width|height|transform)="[^"]*(?:nan|inf)[^"]*"/
    for picture in pictures { #expect(picture.firstMatch(of: coordinate) == nil) }
  }

  private func checkpoints() throws -> [CheckpointReport] {
    try (0..<3).map { index in
      try Example.checkpoint(
        file: "a\(index).h5", step: index * 100, seed: UInt64(index + 1),
        metrics: ["train_loss": 0.5, "validation_loss": 0.7 + Double(index)], options: AuditOptions(keepsArrays: true))
    }
  }

  @Test("alone are shown or left out, never a trap", arguments: extremes)
  func alone(number: String) throws {
    var all = try checkpoints()
    for index in all.indices { all[index].audit = try replacing(all[index].audit) { _ in number } }
    try check(Report(checkpoints: all))
    try check(Report(checkpoints: [all[0]]))
  }

  @Test("beside each other and beside ordinary ones", arguments: 0..<6)
  func mixed(seed: Int) throws {
    var generator = Example.Generator(state: UInt64(seed) &+ 99)
    var all = try checkpoints()
    for index in all.indices {
      all[index].audit = try replacing(all[index].audit) { _ in
        (Self.extremes + ["1", "0.3", "17"]).randomElement(using: &generator)!
      }
    }
    all[2].description.metrics = ["train_loss": .greatestFiniteMagnitude, "validation_loss": -.greatestFiniteMagnitude]
    try check(Report(checkpoints: all))
  }
}
