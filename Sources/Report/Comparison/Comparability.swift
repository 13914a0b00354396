internal import Checkpoint
internal import Regret

/// Which measures of several models can't be held against each other, and why: of these no verdict is given, neither a
/// ranking nor a difference nor a correlation.
struct Comparability: Sendable {
  /// One reason, and the measures that it bars.
  private struct Bar: Sendable {
    let reason: String
    let isBarred: @Sendable (String) -> Bool
  }

  private let bars: [Bar]

  init(_ members: [ComparisonReport.Member]) {
    var bars: [Bar] = []
    func bar(_ differs: Bool, _ reason: String, _ isBarred: @escaping @Sendable (String) -> Bool) {
      if differs { bars.append(Bar(reason: reason, isBarred: isBarred)) }
    }
    let audits = members.map(\.checkpoint.audit)
    let descriptions = members.map(\.checkpoint.description)
    bar(Set(descriptions.map(\.likelihood)).count > 1, "the losses are of different kinds") { _ in true }
    bar(
      Set(audits.map { $0.groups.map { $0.groups[$0.reference].name } }).count > 1,
      "they are of different groups of minibatches"
    ) { !Self.isTransfer($0) }
    bar(Set(descriptions.map(\.sampling)).count > 1, "some have rows of several steps") { _ in true }
    bar(Self.differ(audits.map(\.batchSize)), "batch sizes differ", Self.dependsOnBatchSize)
    for group in Self.groupsOfOtherSizes(members) {
      bar(true, "batch sizes of \(group.printable) differ") { path in
        Self.dependsOnBatchSize(path) && Self.isAcross(path, group)
      }
    }
    let pilots = Set(audits.map { $0.sketch.map { "\($0.pilotKind.rawValue) \($0.pilotRowCount)" } })
    bar(pilots.count > 1, "rows are sketched in some only, or divided by what other pilot rows tell", Self.isKL)
    let fishers = Set(audits.compactMap { $0.kl?.fisher })
    bar(fishers.count > 1, "the Fishers are of different kinds", Self.dependsOnFisher)
    bar(Set(audits.compactMap { $0.kl?.damping.kind }).count > 1, "dampings differ", Self.isKL)
    bar(Set(audits.compactMap { $0.kl?.damping.weight }).count > 1, "ρ differs", Self.isKL)
    // What is an estimate of the population, or a mean over pairs, does not depend on how many there were; the mean of the
    // others does.
    bar(Set(audits.map(\.minibatchCount)).count > 1, "numbers of minibatches differ") {
      Self.dependsOnRows($0) || Self.ofMeanGradient.contains($0)
    }
    bar(Self.differInRows(members), "numbers of factor rows differ") {
      Self.dependsOnRows($0) && $0 != "fisher.trace"
    }
    self.bars = bars
  }

  /// Whether batch sizes are different ones, beyond the rounding of their means.
  static func differ(_ sizes: [Double]) -> Bool {
    guard let least = sizes.min(), let largest = sizes.max() else { return false }
    return largest > least * (1 + 1e-9)
  }

  /// Groups beside the reference whose batch sizes are not the same in all.
  static func groupsOfOtherSizes(_ members: [ComparisonReport.Member]) -> [String] {
    let groups = members.compactMap(\.checkpoint.audit.groups)
    let names = Set(
      groups.flatMap { own in own.groups.indices.filter { $0 != own.reference }.map { own.groups[$0].name } })
    return names.sorted().filter { name in
      differ(groups.compactMap { $0.groups.first { $0.name == name }?.batchSize })
    }
  }

  /// Whether Fishers are made of different numbers of rows.
  static func differInRows(_ members: [ComparisonReport.Member]) -> Bool {
    Set(members.compactMap(\.checkpoint.audit.kl?.fisherRows)).count > 1
  }

  /// Why the values of the measure at `path` can't be compared; nil where they can. The reader's own measures, which are
  /// not among the report's, can: nothing is known of them.
  func reason(_ path: String) -> String? {
    guard Self.isMeasured(path) else { return nil }
    let reasons = bars.filter { $0.isBarred(path) }.map(\.reason)
    return reasons.isEmpty ? nil : reasons.joined(separator: ", ")
  }

  private static func isMeasured(_ path: String) -> Bool {
    ["kl.", "euclidean.", "fisher.", "transfer.", "related.", "damping_path["].contains { path.hasPrefix($0) }
  }

  /// Of these the mean gradient is one of N minibatches, or of the N − 1 others.
  private static let ofMeanGradient = Set(
    ["regret_on_mean", "regret_ratio", "one_step_ratio"].map { "related.euclidean." + $0 })

  /// Whether a measure tells of minibatches of `group`, from or to it.
  private static func isAcross(_ path: String, _ group: String) -> Bool {
    isTransfer(path) && path.contains(".\(group).")
      || path.hasPrefix("damping_path[")
        && (path.hasSuffix("].excess.\(group)") || path.hasSuffix("].transfer.\(group)"))
  }

  /// Whether a measure changes with how many rows the Fisher is made of.
  private static func dependsOnRows(_ path: String) -> Bool {
    dependsOnFisher(path) && !isOfParameters(path) && !path.contains("kl.estimate.")
  }

  private static func isTransfer(_ path: String) -> Bool { path.hasPrefix("transfer.") }

  private static func isKL(_ path: String) -> Bool {
    path.hasPrefix("kl.") || path.hasPrefix("damping_path[") || isTransfer(path) && path.contains(".kl.")
      || path.hasPrefix("related.") && !path.hasPrefix("related.euclidean.") && !path.hasPrefix(parameters)
  }

  private static let parameters = "related.parameters."
  private static let signalToNoise = "related.parameters.signal_to_noise"

  /// θ and F as they are, undamped.
  private static func isOfParameters(_ path: String) -> Bool {
    path.hasPrefix(parameters) && !path.hasPrefix(signalToNoise)
  }

  private static func dependsOnFisher(_ path: String) -> Bool {
    isKL(path) || path.hasPrefix("fisher.") || isOfParameters(path)
  }

  /// Noise divided by the batch size is in all of them but those that name the noise of one example.
  private static func dependsOnBatchSize(_ path: String) -> Bool {
    let free = [".tic", ".noise_scale", ".mean_gradient_square", ".loss_excess", ".signal_to_noise"]
    let isFisher = path.hasPrefix("fisher.") && !path.hasPrefix("fisher.contrast.") || isOfParameters(path)
    return !isFisher && !free.contains { path.hasSuffix($0) }
  }
}
