internal import Checkpoint
internal import Regret

/// What a checkpoint's numbers depend on beside the network: where two differ, so may their numbers for that alone.
struct Setting: Hashable {
  /// One thing in which settings differ.
  struct Difference: Hashable {
    /// A short name that does not change, for scripts.
    var code: String
    /// What this checkpoint has.
    var text: String
  }

  private let parts: [Difference]

  init(_ checkpoint: CheckpointReport) {
    let (audit, description) = (checkpoint.audit, checkpoint.description)
    var parts: [Difference] = []
    func add(_ code: String, _ text: String) { parts.append(Difference(code: code, text: text)) }
    add("partial", description.isPartial ? "partial" : "whole")
    add("minibatches", "\(NumberText.count(audit.minibatchCount)) minibatches")
    add("batch_size", "\(NumberText.count(audit.batchSize)) examples a minibatch")
    add("parameters", "\(NumberText.count(audit.parameterCount)) parameters")
    add(
      "sketch", audit.sketch.map { "rows sketched in \(NumberText.count($0.width)) numbers" } ?? "whole rows")
    add("sampling", description.sampling == .path ? "rows of several steps" : "rows of one step")
    add("likelihood", "\(description.likelihood.rawValue) loss")
    add("fisher", audit.kl.map { "\($0.fisher.rawValue) Fisher" } ?? "no Fisher")
    if let damping = audit.kl?.damping {
      add(
        "damping",
        damping.weight.map { "\(damping.kind.rawValue) damping at ρ = \(NumberText.rounded($0, digits: 3))" }
          ?? "no damping")
    } else {
      add("damping", "no damping")
    }
    let groups = audit.groups?.groups.map(\.name.printable) ?? []
    add(
      "groups",
      groups.isEmpty
        ? "no groups"
        : "groups " + groups.prefix(4).joined(separator: ", ")
          + (groups.count > 4 ? " and \(groups.count - 4) more" : ""))
    self.parts = parts
  }

  /// What this has other than `reference`.
  func differences(from reference: Setting) -> [Difference] {
    zip(parts, reference.parts).filter { $0 != $1 }.map(\.0)
  }
}

extension Report {
  /// For each checkpoint what it was measured with other than the one that is shown in detail.
  var differences: [[Setting.Difference]] {
    guard let headline else { return [] }
    let reference = Setting(headline)
    return checkpoints.map { Setting($0).differences(from: reference) }
  }
}
