public import Checkpoint
internal import Regret

extension CheckpointReport {
  /// The matrices, spectra and tables behind the report, by name, for going on in another tool; the audit has to have
  /// kept its arrays.
  public var namedArrays: [NamedArray] {
    var arrays: [NamedArray] = []
    if let kept = audit.arrays {
      arrays += kept.euclidean.map { Self.pairs($0, in: "euclidean", "g_i·g_j", "nats per unit of parameter") } ?? []
      arrays += kept.kl.map { Self.pairs($0, in: "kl", "Q_ij = g_i A^-1 g_j, in-sample", "nats per nat^0.5") } ?? []
      arrays += Self.pairs(
        kept.heldOutRegret, kept.heldOutCosine, in: "held_out", "each pair under a Fisher that saw neither minibatch")
      arrays += Self.pairs(
        kept.estimateRegret, kept.estimateCosine, in: "estimate",
        "each pair under the population's Fisher, as estimated")
      let spectra = [
        ("raw", kept.spectrum, "eigenvalues of F, descending"),
        ("normalized", kept.normalizedSpectrum, "eigenvalues of D^-1/2 F D^-1/2, D = diag F, descending"),
      ]
      for case (let name, let values?, let meaning) in spectra {
        arrays.append(
          NamedArray("spectrum/\(name)", [.init("rank_\(name)", values.count)], .numbers(values), meaning))
      }
    }
    if let groups = audit.groups { arrays += table(groups) }
    if let path = audit.dampingPath, !path.isEmpty {
      let axis = [NamedArray.Axis("weight", path.count)]
      arrays += [
        NamedArray("damping_path/rho", axis, .numbers(path.map(\.weight)), unit: "1", "damping weight"),
        NamedArray(
          "damping_path/regret", axis, .numbers(path.map { $0.regret ?? .nan }), unit: "nats per nat^0.5",
          "in-sample regret"),
        NamedArray(
          "damping_path/cosine", axis, .numbers(path.map { $0.cosine ?? .nan }), unit: "1", "in-sample cosine"),
        NamedArray(
          "damping_path/norm", axis, .numbers(path.map { $0.norm ?? .nan }), unit: "nat^0.5", "in-sample norm"),
        NamedArray(
          "damping_path/regret_ratio", axis, .numbers(path.map { $0.regretRatio ?? .nan }), unit: "1",
          "in-sample regret on another minibatch divided by that on the mean of the others"),
      ]
      if let groups = audit.groups { arrays += Self.table(path, groups) }
    }
    if let tensors = audit.tensors, !tensors.isEmpty { arrays += Self.table(tensors) }
    return arrays
  }

  /// What the file of arrays says about where they came from.
  public var arrayAttributes: [(name: String, text: String)] {
    [
      ("format", "gradient-probe.arrays"), ("source", file), ("run", description.run),
      ("step", String(description.step)), ("fisher", audit.kl?.fisher.rawValue ?? ""),
      ("damping", audit.kl?.damping.kind.rawValue ?? ""),
      ("damping_weight", audit.kl?.damping.weight.map(\.description) ?? ""),
    ]
  }

  /// The groups of minibatches, and what they say of each other.
  private func table(_ measures: GroupMeasures) -> [NamedArray] {
    let groups = measures.groups
    let axis = [NamedArray.Axis("group", groups.count)]
    let axes = [NamedArray.Axis("from_group", groups.count), NamedArray.Axis("to_group", groups.count)]
    var arrays = [
      NamedArray("groups/name", axis, .texts(groups.map(\.name)), "name of each group of minibatches"),
      NamedArray("groups/minibatches", axis, .integers(groups.map(\.minibatchCount)), unit: "1", "minibatches of each"),
      NamedArray(
        "groups/loss", axis, .numbers(groups.map { $0.loss?.value ?? .nan }), unit: "nat", "mean loss of each"),
    ]
    if let ids = description.groups?.ids {
      arrays.append(
        NamedArray("groups/member", [.init("minibatch", ids.count)], .integers(ids), "group of each row of /gradients"))
    }
    for ball in Ball.allCases.reversed() where measures.pairs.contains(where: { ball($0) != nil }) {
      let group = "transfer_" + ball.rawValue.replacing("kl.", with: "")
      func add(_ name: String, _ meaning: String, _ value: (TransferMeasures) -> Double?) {
        arrays.append(
          NamedArray(
            "\(group)/\(name)", axes,
            .numbers(measures.pairs.map { ball($0).flatMap(value) ?? .nan }), meaning))
      }
      add("regret", "mean regret between groups, chosen on one and paid on the other") { $0.regret.value }
      add("regret_stderr", "its standard error") { $0.regret.standardError }
      add("cosine", "mean cosine between groups") { $0.cosine.value }
      add("cosine_stderr", "its standard error") { $0.cosine.standardError }
      add("excess", "regret beyond that within the group that chooses") { $0.excess?.value }
      add("excess_stderr", "its standard error") { $0.excess?.standardError }
      add("transfer", "cosine across divided by the cosine within the group that chooses") { $0.transfer?.value }
      add("transfer_stderr", "its standard error") { $0.transfer?.standardError }
    }
    return arrays
  }

  /// What crosses from the reference at each weight.
  private static func table(_ path: [DampingPathPoint], _ measures: GroupMeasures) -> [NamedArray] {
    let axes = [NamedArray.Axis("weight", path.count), NamedArray.Axis("group", measures.groups.count)]
    func numbers(_ value: (DampingPathTransfer) -> Double?) -> NamedArray.Elements {
      .numbers(
        path.flatMap { point in
          measures.groups.map { group in
            point.transfers?.first { $0.group == group.name }.flatMap(value) ?? .nan
          }
        })
    }
    return [
      NamedArray(
        "damping_path/excess", axes, numbers { $0.excess }, unit: "nats per nat^0.5",
        "in-sample excess from the reference to each other group"),
      NamedArray(
        "damping_path/transfer", axes, numbers { $0.transfer }, unit: "1",
        "in-sample cosine across divided by that within the reference"),
    ]
  }

  private static func pairs(_ matrix: PairMatrix, in group: String, _ product: String, _ unit: String)
    -> [NamedArray]
  {
    let axes = [NamedArray.Axis("chosen_on", matrix.count), NamedArray.Axis("paid_on", matrix.count)]
    return [
      NamedArray("\(group)/Q", axes, .numbers(matrix.values), product),
      NamedArray("\(group)/cosine", axes, .numbers(matrix.cosines.values), unit: "1", "Q_ij / (q_i q_j)"),
      NamedArray(
        "\(group)/regret", axes, .numbers(matrix.regrets.values), unit: unit, "q_j - Q_ij / q_i, chosen on i, paid on j"
      ),
      index(matrix, in: group),
    ]
  }

  private static func pairs(_ regret: PairMatrix?, _ cosine: PairMatrix?, in group: String, _ what: String)
    -> [NamedArray]
  {
    guard let regret, let cosine else { return [] }
    let axes = [NamedArray.Axis("chosen_on", regret.count), NamedArray.Axis("paid_on", regret.count)]
    return [
      NamedArray(
        "\(group)/regret", axes, .numbers(regret.values), unit: "nats per nat^0.5", what),
      NamedArray("\(group)/cosine", axes, .numbers(cosine.values), unit: "1", "the same pairs' cosines"),
      index(regret, in: group),
    ]
  }

  private static func index(_ matrix: PairMatrix, in group: String) -> NamedArray {
    NamedArray(
      "\(group)/minibatch", [.init("chosen_on", matrix.count)], .integers(matrix.minibatches),
      "row of /gradients of each row and column")
  }

  private static func table(_ tensors: [TensorRegret]) -> [NamedArray] {
    let axis = [NamedArray.Axis("tensor", tensors.count)]
    func column(_ name: String, _ unit: String, _ meaning: String, _ value: (TensorRegret) -> Double?) -> NamedArray {
      NamedArray("tensors/\(name)", axis, .numbers(tensors.map { value($0) ?? .nan }), unit: unit, meaning)
    }
    return [
      NamedArray("tensors/name", axis, .texts(tensors.map(\.name)), "name of each tensor"),
      NamedArray("tensors/count", axis, .integers(tensors.map(\.count)), unit: "1", "parameters of each tensor"),
      NamedArray(
        "tensors/live", axis, .integers(tensors.map { $0.live ?? $0.count }), unit: "1",
        "those that some row touches; of sketched rows all"),
      column("euclidean_regret", "nats per unit of parameter", "Euclidean regret") { $0.euclidean?.value },
      column("euclidean_stderr", "nats per unit of parameter", "its standard error") { $0.euclidean?.standardError },
      column("kl_regret", "nats per nat^0.5", "KL regret, in-sample") { $0.kl?.value },
      column("kl_stderr", "nats per nat^0.5", "its standard error") { $0.kl?.standardError },
    ]
  }
}
