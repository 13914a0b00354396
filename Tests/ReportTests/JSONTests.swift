import Checkpoint
import Foundation
import Regret
import Report
import Testing

@Suite("JSON")
struct JSONTests {
  /// The names of the specification, in its order.
  private static let pairs = [
    "regret", "cosine", "norm", "rms_norm", "jensen_ratio", "relative_regret", "mean_gradient_square", "noise",
    "coherence", "contrast", "noise_scale",
  ]

  private func object(_ report: Report) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: Data(report.json.text.utf8)) as? [String: Any])
  }

  private func checkpoint(_ checkpoint: CheckpointReport) throws -> [String: Any] {
    let checkpoints = try #require(object(Report(checkpoints: [checkpoint]))["checkpoints"] as? [[String: Any]])
    return try #require(checkpoints.first)
  }

  @Test("has every name of the specification")
  func names() throws {
    let object = try checkpoint(try Example.checkpoint())
    for name in [
      "file", "run", "step", "sampling", "verified", "minibatches", "zero_gradients", "parameters", "batch_size",
      "euclidean", "kl", "fisher", "damping_path", "tensors", "metrics", "warnings",
    ] {
      #expect(object[name] != nil, "\(name)")
    }
    let euclidean = try #require(object["euclidean"] as? [String: Any])
    #expect(Set(euclidean.keys) == Set(Self.pairs))
    let kl = try #require(object["kl"] as? [String: Any])
    #expect(
      Set(kl.keys) == [
        "fisher", "fisher_rows", "damping", "zero_gradients", "outside_range", "dead", "in_sample", "held_out",
        "estimate",
      ])
    #expect(Set(try #require(kl["in_sample"] as? [String: Any]).keys) == Set(Self.pairs + ["tic"]))
    #expect(Set(try #require(kl["held_out"] as? [String: Any]).keys) == ["regret", "cosine", "tic"])
    let fisher = try #require(object["fisher"] as? [String: Any])
    #expect(
      Set(fisher.keys) == ["kind", "trace", "largest_eigenvalue", "frobenius", "effective_rank", "contrast"])
    let path = try #require(object["damping_path"] as? [[String: Any]])
    #expect(path.map { $0["weight"] as? Double } == Audit.pathWeights)
    let tensors = try #require(object["tensors"] as? [[String: Any]])
    #expect(tensors.map { $0["name"] as? String } == ["hidden.weight", "output.bias"])
  }

  @Test("a measure that was not asked for is null, never absent")
  func nulls() throws {
    let object = try checkpoint(try Example.checkpoint(options: AuditOptions(measures: .regret)))
    for name in ["fisher", "damping_path", "tensors"] { #expect(object[name] is NSNull, "\(name)") }
    #expect((object["kl"] as? [String: Any])?["held_out"] is NSNull)
    #expect((object["euclidean"] as? [String: Any])?["regret"] is [String: Any])
  }

  @Test("numbers that are not finite are null", arguments: [Double.nan, .infinity, -.infinity])
  func notFinite(value: Double) {
    #expect(JSONValue(value) == .null)
  }

  @Test("the same report is the same bytes")
  func deterministic() throws {
    let texts = try (0..<2).map { _ in Report(checkpoints: [try Example.checkpoint()]).json.text }
    #expect(texts[0] == texts[1])
  }

  @Test(
    "names with quotes, controls and other scripts come back as they were",
    arguments: ["a\"b\\c", "\u{1b}[2J\n\u{9b}", "重み/вес", "\u{202e}x"])
  func escapes(name: String) throws {
    let report = try Example.checkpoint(file: name, tensors: [.init(name, shape: [4])])
    let text = Report(checkpoints: [report]).json.text
    #expect(!text.unicodeScalars.contains { $0.value < 0x20 && $0 != "\n" || (0x7f...0x9f).contains($0.value) })
    let object = try checkpoint(report)
    #expect(object["file"] as? String == name)
    #expect((object["tensors"] as? [[String: Any]])?.first?["name"] as? String == name)
  }

  @Test(
    "paths reach members, places and named elements",
    arguments: [
      ("kl.held_out.regret.value", true), ("damping_path.0.cosine", true), ("tensors.hidden.weight.kl.value", true),
      ("metrics.train_loss", true), ("kl.nothing", false), ("tensors.hidden", false), ("damping_path.99.cosine", false),
    ])
  func paths(path: String, isThere: Bool) throws {
    #expect((try Example.checkpoint().json.value(at: path)?.double != nil) == isThere)
  }
}
