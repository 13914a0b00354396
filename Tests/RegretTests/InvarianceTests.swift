import Checkpoint
import Regret
import Testing

/// Dinh et al. (2017): a ReLU network's function does not change when a layer is scaled up and the next one down, so
/// neither may a measure of that function.
@Suite("Reparametrisation", .tags(.property))
struct InvarianceTests {
  static let network = NetworkSample(widths: [5, 6, 4, 3], sizes: [6, 4, 8, 5, 7, 6], seed: 3)
  static let factors: [Double] = [0.01, 0.1, 3, 100]

  private func audit(_ sample: TestSample, _ kind: FisherKind, _ damping: Damping) throws -> Audit {
    try Audit(of: sample.input, options: AuditOptions(fisher: kind, damping: damping, measures: .all))
  }

  /// The numbers of the KL measure that do not depend on how the network is parametrised.
  private func isInvariant(_ key: String) -> Bool {
    // Shares of ‖g‖² are Euclidean, and so is the Fisher in raw coordinates.
    key != "kl.dead"
      && (key.hasPrefix("kl.") || key.hasPrefix("damping_path.") || key.contains(".kl.")
        || key.hasSuffix("_normalized") || key.hasSuffix("log_volume_gap"))
  }

  private func disagreements(_ before: Audit, _ after: Audit, tolerance: Double) -> [String] {
    before.expected().filter { isInvariant($0.key) }
      .disagreements(with: after.figures.filter { isInvariant($0.key) }, tolerance: tolerance)
  }

  @Test("diagonal damping does not see a layer rescaled", arguments: FisherKind.allCases, factors)
  func layers(kind: FisherKind, factor: Double) throws {
    var rescaled = Self.network
    rescaled.rescaleLayer(0, by: factor)
    rescaled.rescaleLayer(1, by: 1 / factor / factor)
    let outputs = Self.network.outputs
    let same = rescaled.outputs
    #expect(zip(outputs, same).allSatisfy { abs($0 - $1) < 1e-9 * (1 + abs($0)) })

    // As files hold them: each network's own numbers, rounded.
    let (before, after) = (Self.network.sample.stored(as: .float32), rescaled.sample.stored(as: .float32))
    for damping in [Damping.auto, .diagonal(0.1), .diagonal(0.01)] {
      let lines = disagreements(
        try audit(before, kind, damping), try audit(after, kind, damping), tolerance: 1e-5)
      #expect(lines.isEmpty, "\(damping): \(lines.prefix(8).joined(separator: "; "))")
    }
    let regrets = try [before, after].map { sample in
      let audit = try audit(sample, kind, .identity(0.1))
      return (audit.euclidean!.regret.value, audit.kl!.inSample!.regret.value)
    }
    #expect(abs(regrets[1].0 / regrets[0].0 - 1) > 0.1, "the Euclidean regret is not invariant")
    #expect(abs(regrets[1].1 / regrets[0].1 - 1) > 0.01, "identity damping is not invariant")
  }

  @Test("diagonal damping does not see single parameters rescaled", arguments: FisherKind.allCases, [1, 2, 3])
  func parameters(kind: FisherKind, seed: Int) throws {
    var generator = TestGenerator(seed)
    let sample = Self.network.sample
    let scale = (0..<sample.gradients.columns).map { _ in generator.scale(2.3) }
    let (before, after) = (sample.stored(as: .float32), sample.scalingColumns(scale).stored(as: .float32))
    for damping in [Damping.auto, .diagonal(0.03)] {
      let lines = disagreements(
        try audit(before, kind, damping), try audit(after, kind, damping), tolerance: 1e-5)
      #expect(lines.isEmpty, "\(damping): \(lines.prefix(8).joined(separator: "; "))")
    }
    let identity = try [before, after].map { try audit($0, kind, .identity(0.03)).kl!.inSample!.regret.value }
    #expect(abs(identity[1] / identity[0] - 1) > 0.01)
  }

  @Test("in double precision many more digits are kept")
  func digits() throws {
    var rescaled = Self.network
    rescaled.rescaleLayer(0, by: 10)
    let lines = disagreements(
      try audit(Self.network.sample, .exact, .diagonal(0.1)), try audit(rescaled.sample, .exact, .diagonal(0.1)),
      tolerance: 1e-12)
    #expect(lines.isEmpty, "\(lines.prefix(8).joined(separator: "; "))")
  }
}
