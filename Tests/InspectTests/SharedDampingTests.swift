import Checkpoint
import CheckpointHDF5
import Foundation
import TestSupport
import Testing

/// Regrets fall as ρ grows, so files at their own ρ can be ranked by how many factors they hold.
@Suite("Files that are compared") struct SharedDampingTests {
  let scratch: Scratch
  let files: [String]

  /// Two files from one population, the first with few factors, and so with a larger ρ of its own.
  init() throws {
    scratch = try Scratch()
    files = [scratch("few.h5"), scratch("many.h5")]
    try write(files[0], length: 0.85, factorsEach: 2)
    try write(files[1], length: 1, factorsEach: 24)
  }

  private func write(_ path: String, length: Float, factorsEach: Int) throws {
    let (count, width) = (8, 12)
    var state: UInt64 = 7
    func number() -> Float {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Float(Int64(state >> 40)) / Float(1 << 23) - 1
    }
    /// A common part makes the Fisher anything but diagonal.
    func row(_ scale: Float) -> [Float] {
      let shared = number()
      return (0..<width).map { column in scale * (shared + Float(column + 3) / 10 * number()) }
    }
    var header = smallHeader()
    header.run = path
    header.batchSizes = [Int](repeating: 16, count: count)
    header.tensors = [TensorLayout("w", shape: [width])].columns
    header.hasParameters = false
    header.factors = [
      FactorHeader(
        kind: .exact, rowCount: count * factorsEach, minibatches: (0..<(count * factorsEach)).map { $0 / factorsEach })
    ]
    let gradients = (0..<count).map { _ in row(length) }
    let factors = (0..<(count * factorsEach)).map { _ in row(1) }
    var writer = try CheckpointWriter(header, to: path)
    for (index, row) in gradients.enumerated() { try writer.write(row.span, at: index, of: .gradients) }
    for (index, row) in factors.enumerated() { try writer.write(row.span, at: index, of: .factors(.exact)) }
    try writer.finish(losses: [Double](repeating: 1, count: count))
  }

  private func audits(_ arguments: [String]) throws -> [[String: Any]] {
    let outcome = Command.inspect.run(files + ["--format", "json"] + arguments, in: scratch)
    let json = try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any]
    let checkpoints = try #require(json?["checkpoints"] as? [[String: Any]])
    return try checkpoints.map { try #require($0["kl"] as? [String: Any]) }
  }

  private func regret(_ kl: [String: Any]) -> Double? {
    ((kl["held_out"] as? [String: Any])?["regret"] as? [String: Any])?["value"] as? Double
  }

  private func weight(_ kl: [String: Any], _ name: String = "weight") -> Double? {
    (kl["damping"] as? [String: Any])?[name] as? Double
  }

  @Test("are audited at one ρ, the largest of theirs, without which their order turns over")
  func oneDamping() throws {
    let shared = try audits([])
    let own = try audits(["--own-damping"])
    let weights = try own.map { try #require(weight($0)) }
    #expect(weights[0] > weights[1] && own.allSatisfy { weight($0, "own_weight") == nil })
    for (index, kl) in shared.enumerated() {
      #expect(weight(kl) == weights[0] && weight(kl, "own_weight") == weights[index])
    }
    #expect(try #require(regret(shared[0])) > #require(regret(shared[1])))
    #expect(try #require(regret(own[0])) < #require(regret(own[1])))
    #expect(try audits(["--damping", "diagonal:0.4"]).allSatisfy { weight($0) == 0.4 })
  }

  @Test("by compare are ranked at one ρ, and told when they are not")
  func compared() throws {
    func text(_ arguments: [String]) -> String {
      Command.inspect.run(["compare"] + files + arguments, in: scratch).output
    }
    #expect(!text([]).contains("at different ρ") && text(["--own-damping"]).contains("at different ρ"))
  }
}
