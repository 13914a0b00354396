import Checkpoint
import Foundation
import Landscape
import Regret
import Testing

@testable import Report

/// Whole reports as they were looked at. The audits are stored beside them, since their last digits are the processor's;
/// `UPDATE_GOLDEN=1 swift test --filter GoldenTests` writes all anew, to be read in the diff.
@Suite("Reports as they were looked at", .serialized)
struct GoldenTests {
  private struct Stored: Codable {
    var description: CheckpointDescription
    var audit: Audit
  }

  static let isUpdating = ProcessInfo.processInfo.environment["UPDATE_GOLDEN"] != nil
  private static let source = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent(
    "Golden")

  private static func place(_ name: String) -> URL {
    isUpdating ? source.appendingPathComponent(name) : Bundle.module.bundleURL.appendingPathComponent("Golden/" + name)
  }

  /// Two checkpoints of a run, of two groups of minibatches, with all measures.
  private static func checkpoint(_ index: Int) throws -> CheckpointReport {
    let url = place("checkpoint-\(index).json")
    if isUpdating {
      var options = AuditOptions(damping: .diagonal([0.3, 0.1][index]))
      options.keepsArrays = true
      let made = try Example.checkpoint(
        run: "a-run", step: [0, 1200][index], seed: UInt64(index + 3),
        tensors: [
          .init("hidden.weight", shape: [3, 4]), .init("hidden.bias", shape: [4]), .init("output.bias", shape: [5]),
        ],
        minibatches: 12, metrics: ["train_loss": [2.3, 0.51][index], "validation_loss": [2.31, 0.74][index]],
        groups: .init(names: ["train", "validation"], ids: (0..<12).map { $0 % 3 / 2 }), options: options)
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys]
      try encoder.encode(Stored(description: made.description, audit: made.audit)).write(to: url)
    }
    let stored = try JSONDecoder().decode(Stored.self, from: Data(contentsOf: url))
    return CheckpointReport(
      file: "runs/a/step-\(index).h5", isVerified: index == 1, description: stored.description, audit: stored.audit,
      slices: index == 1 ? slices : [])
  }

  /// A bowl that is turned from minibatch to minibatch, with numbers that are exact.
  private static var slices: [Slice] {
    let grid = SliceGrid(GridAxis(radius: 1, count: 9), GridAxis(radius: 1, count: 9))
    let losses = (0..<3).map { index in
      (0..<grid.pointCount).map { point in
        let place = grid.coordinates(of: point)
        let (u, v) = (place[0] - 0.25 * Double(index - 1), place[1] + 0.125 * Double(index))
        return 0.5 + u * u + 0.5 * u * v + 2 * v * v
      }
    }
    return [
      Slice(
        creator: "test", created: "2026-01-01T00:00:00Z", name: "random",
        origin: CheckpointReference(run: "a-run", step: 1200, file: "step-1.h5", checksum: ""),
        directions: ["random 1", "random 2"].map {
          DirectionSummary(name: $0, origin: .random, scale: .filter, seed: 1, norm: 1)
        },
        surface: LossSurface(
          grid: grid, axisNames: ["random 1", "random 2"], batchSizes: [8, 8, 8], minibatchLosses: losses))
    ]
  }

  private static func report() throws -> Report { Report(checkpoints: try (0..<2).map(checkpoint)) }

  private func check(_ name: String, _ text: String) throws {
    let url = Self.place(name)
    if Self.isUpdating { try text.write(to: url, atomically: false, encoding: .utf8) }
    let expected = try String(contentsOf: url, encoding: .utf8)
    guard text != expected else { return }
    let pair = zip(
      text.split(separator: "\n", omittingEmptySubsequences: false),
      expected.split(separator: "\n", omittingEmptySubsequences: false))
    let difference = pair.first { $0 != $1 }
    Issue.record("\(name) differs, first in\n\(difference?.0 ?? "its end")\nwhich was\n\(difference?.1 ?? "")")
  }

  @Test("text", arguments: [40, 80, 120])
  func text(width: Int) throws {
    let report = try Self.report()
    try check("run-\(width).txt", report.text(TextOptions(width: width)))
    try check("checkpoint-\(width).txt", Report(checkpoints: [report.checkpoints[1]]).text(TextOptions(width: width)))
  }

  @Test("lines for scripts")
  func summary() throws { try check("summary.txt", try Self.report().summary()) }

  @Test("CSV")
  func csv() throws { try check("run.csv", try Self.report().csv) }

  @Test("figures", arguments: [Chart.Name.share, .noise, .transfer, .tensors, .cosines, .pairs, .spectrum, .surface])
  func figures(name: Chart.Name) throws {
    try check("\(name.rawValue).svg", try #require(Self.report().chart(name)).svg)
  }
}
