internal import Checkpoint
internal import Regret

extension Report {
  /// The name and version of the JSON's shape: fields may be added, none is renamed.
  public static let schema = "gradient-probe.report/1"

  /// The whole report; a measure that cannot be computed is null, never absent.
  public var json: JSONValue {
    [
      "schema": .string(Self.schema),
      "checkpoints": .array(zip(checkpoints, differences).map { $0.json(differingIn: $1) }),
      "failures": .array(failures.map { ["file": .string($0.file), "message": .string($0.message)] }),
    ]
  }
}

extension CheckpointReport {
  /// One element of `checkpoints` by itself.
  public var json: JSONValue { json(differingIn: []) }

  /// The same where it was measured in another way than the checkpoint that is told first.
  func json(differingIn differences: [Setting.Difference]) -> JSONValue {
    [
      "file": .string(file),
      "run": .string(description.run),
      "name": JSONValue(description.configuration.name),
      "sequence": .integer(description.sequence),
      "step": .integer(description.step),
      "created": .string(description.created),
      "sampling": .string(description.sampling.rawValue),
      "likelihood": .string(description.likelihood.rawValue),
      "verified": .bool(isVerified), "partial": .bool(description.isPartial),
      "tensor_selection": JSONValue(tensorSelection),
      "factors_file": JSONValue(factorsFile),
      "minibatches": .integer(audit.minibatchCount),
      "zero_gradients": .integer(audit.zeroGradients),
      "parameters": .integer(audit.parameterCount),
      "batch_size": JSONValue(audit.batchSize),
      "euclidean": audit.euclidean.map { $0.json(hasTIC: false) } ?? nil,
      "kl": audit.kl?.json ?? nil,
      "related": audit.related?.json ?? nil,
      "fisher": audit.fisher?.json ?? nil,
      "sketch": audit.sketchJSON,
      "damping_path": audit.dampingPath.map { .array($0.map(\.json)) } ?? nil,
      "tensors": audit.tensors.map { .array($0.map(\.json)) } ?? nil,
      "per_minibatch": MinibatchRows(self).map { .array($0.rows.map(\.json)) } ?? nil,
      "groups": audit.groups.map { .array($0.groups.map(\.json)) } ?? nil,
      "reference": audit.groups.map { .string($0.groups[$0.reference].name) } ?? nil,
      "fisher_group": audit.groups.map { groups in
        .string(groups.fisher.map { groups.groups[$0].name } ?? "all")
      } ?? nil,
      "transfer": audit.groups.map { groups in
        .array(listedTransfers.map { $0.json(among: groups.groups) })
      } ?? nil,
      "conflicts": GroupWording(self).map { .array($0.conflictsJSON) } ?? nil,
      "plan": audit.plan.json,
      "metrics": .object(
        description.metrics.sorted { $0.key < $1.key }.map { .init(key: $0.key, value: JSONValue($0.value)) }),
      "configuration": description.configuration.values.isEmpty ? nil : description.configuration.valuesJSON,
      "slices": .array(slices.map(\.json)),
      "differs_in": .array(differences.map { .string($0.code) }),
      "warnings": .array(audit.warnings.map(\.json)),
    ]
  }
}

extension PlanSummary {
  /// How the numbers came about, without what differs from machine to machine but not in the numbers.
  var json: JSONValue {
    [
      "solver": .string(solver.rawValue),
      "reason": .string(reason),
      "precision": .string(precision.rawValue),
      "kernel": .string(kernel),
      "iterations": JSONValue(iterations),
      "residual": JSONValue(residual),
      "skipped": .array(skipped.map { ["measure": .string($0.measure), "reason": .string($0.reason)] }),
    ]
  }
}

extension Estimate {
  var json: JSONValue {
    [
      "value": JSONValue(value), "stderr": JSONValue(standardError), "low": JSONValue(interval?.low),
      "high": JSONValue(interval?.high),
    ]
  }
}

extension PairStatistics {
  func json(hasTIC: Bool) -> JSONValue {
    var members: [JSONValue.Member] = [
      .init(key: "regret", value: regret.json),
      .init(key: "cosine", value: cosine.json),
      .init(key: "norm", value: norm.json),
      .init(key: "rms_norm", value: JSONValue(rmsNorm)),
      .init(key: "jensen_ratio", value: JSONValue(jensenRatio)),
      .init(key: "relative_regret", value: JSONValue(relativeRegret)),
      .init(key: "mean_gradient_square", value: meanGradientSquare.json),
      .init(key: "noise", value: JSONValue(noise)),
      .init(key: "coherence", value: coherence.json),
      .init(key: "contrast", value: JSONValue(contrast)),
      .init(key: "noise_scale", value: noiseScale?.json ?? nil),
    ]
    if hasTIC { members.append(.init(key: "tic", value: JSONValue(tic))) }
    return .object(members)
  }
}

extension RelatedMeasures {
  fileprivate var json: JSONValue {
    [
      "euclidean": euclidean?.json ?? nil, "in_sample": inSample?.json ?? nil,
      "held_out": heldOut.map { .object($0.members) } ?? nil, "estimate": estimate.map { .object($0.members) } ?? nil,
      "parameters": parameters?.json ?? nil,
    ]
  }
}

extension ParameterMeasures {
  fileprivate var json: JSONValue {
    [
      "signal_to_noise": signalToNoise?.json ?? nil,
      "fisher_rao": fisherRao?.json ?? nil,
      "relative_flatness": relativeFlatness?.json ?? nil,
      "relative_flatness_last": lastRelativeFlatness?.json ?? nil,
      "tensors": .array(
        tensors.map { ["name": .string($0.name), "relative_flatness": $0.relativeFlatness.json] }),
    ]
  }
}

extension TypicalRegret {
  fileprivate var members: [JSONValue.Member] {
    [
      .init(key: "median_regret", value: JSONValue(median)),
      .init(key: "geometric_mean_regret", value: geometricMean.json),
    ]
  }
}

extension RelatedStatistics {
  fileprivate var json: JSONValue {
    .object(
      regret.members + [
        .init(key: "regret_on_mean", value: regretOnMean.json),
        .init(key: "regret_ratio", value: regretRatio?.json ?? nil),
        .init(key: "disparity", value: disparity.json),
        .init(key: "one_step_ratio", value: oneStepRatio?.json ?? nil),
        .init(key: "stiffness", value: stiffness.json),
      ])
  }
}

extension KLMeasures {
  var json: JSONValue {
    [
      "fisher": .string(fisher.rawValue),
      "fisher_rows": .integer(fisherRows),
      "damping": [
        "kind": .string(damping.kind.rawValue), "weight": JSONValue(damping.weight),
        "own_weight": JSONValue(damping.ownWeight),
      ],
      "zero_gradients": .integer(zeroGradients),
      "outside_range": JSONValue(outsideRange),
      "dead": JSONValue(dead),
      "in_sample": inSample.map { $0.json(hasTIC: true) } ?? nil,
      "held_out": heldOut.map {
        ["regret": $0.regret.json, "cosine": $0.cosine.json, "tic": $0.tic.json]
      } ?? nil,
      "estimate": estimate?.json ?? nil,
    ]
  }
}

extension PopulationEstimate {
  var json: JSONValue {
    [
      "supported": .bool(isSupported),
      "shortcoming": shortcoming.map { .string($0.rawValue) } ?? nil,
      "regret": regret.json,
      "cosine": cosine.json,
      "norm": norm.json,
      "relative_regret": relativeRegret.json,
      "tic": tic.json,
      "noise_scale": noiseScale?.json ?? nil,
      "capped": JSONValue(capped),
      "thin": JSONValue(thin),
      "effective_minibatches": JSONValue(effectiveMinibatches),
      "supported_at": supported.map {
        ["weight": JSONValue($0.weight), "regret": $0.regret.json, "cosine": $0.cosine.json]
      } ?? nil,
      "factor_rows": JSONValue(factorRows),
    ]
  }
}

extension FisherSummary {
  var json: JSONValue {
    [
      "kind": .string(kind.rawValue),
      "trace": JSONValue(trace),
      "largest_eigenvalue": JSONValue(largestEigenvalue),
      "frobenius": JSONValue(frobenius),
      "effective_rank": JSONValue(effectiveRank),
      "contrast": contrast.map {
        [
          "largest_eigenvalue": JSONValue($0.largestEigenvalue),
          "frobenius": JSONValue($0.frobenius),
          "largest_eigenvalue_normalized": JSONValue($0.largestEigenvalueNormalized),
          "frobenius_normalized": JSONValue($0.frobeniusNormalized),
          "log_volume_gap": JSONValue($0.logVolumeGap),
        ]
      } ?? nil,
    ]
  }
}

extension DampingPathPoint {
  var json: JSONValue {
    func across(_ value: (DampingPathTransfer) -> Double?) -> JSONValue {
      transfers.map { .array($0.map { ["name": .string($0.group), "value": JSONValue(value($0))] }) } ?? nil
    }
    return [
      "weight": JSONValue(weight), "regret": JSONValue(regret), "cosine": JSONValue(cosine), "norm": JSONValue(norm),
      "regret_ratio": JSONValue(regretRatio), "excess": across { $0.excess }, "transfer": across { $0.transfer },
    ]
  }
}

extension TensorRegret {
  var json: JSONValue {
    [
      "name": .string(name), "count": .integer(count), "live": JSONValue(live), "euclidean": euclidean?.json ?? nil,
      "kl": kl?.json ?? nil,
    ]
  }
}

extension AuditWarning {
  var json: JSONValue { ["code": .string(code), "message": .string(message)] }
}
