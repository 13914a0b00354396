internal import Checkpoint
internal import Regret

extension Audit {
  /// What this audit says, by the names that ``DenseReference`` uses.
  var figures: [String: Double?] {
    var figures: [String: Double?] = [
      "minibatches": Double(minibatchCount), "zero_gradients": Double(zeroGradients), "batch_size": batchSize,
      "kl.in_sample.is_there": kl == nil ? 0 : 1,
    ]
    func add(_ prefix: String, _ others: [String: Double?]) {
      for (name, value) in others { figures.updateValue(value, forKey: "\(prefix).\(name)") }
    }
    add("euclidean", euclidean.named)
    if let kl {
      figures.updateValue(kl.damping.weight, forKey: "kl.damping.weight")
      figures["kl.zero_gradients"] = Double(kl.zeroGradients)
      figures.updateValue(kl.outsideRange, forKey: "kl.outside_range")
      figures["kl.dead"] = kl.dead
      add("kl.in_sample", kl.inSample.named)
      add("kl.held_out.regret", (kl.heldOut?.regret).named)
      add("kl.held_out.cosine", (kl.heldOut?.cosine).named)
      add("kl.held_out.tic", (kl.heldOut?.tic).named)
      add("kl.estimate.regret", (kl.estimate?.regret).named)
      add("kl.estimate.cosine", (kl.estimate?.cosine).named)
      add("kl.estimate.norm", (kl.estimate?.norm).named)
      add("kl.estimate.relative_regret", (kl.estimate?.relativeRegret).named)
      add("kl.estimate.tic", (kl.estimate?.tic).named)
      figures.updateValue(kl.estimate?.capped, forKey: "kl.estimate.capped")
    }
    if let fisher {
      add(
        "fisher",
        [
          "trace": fisher.trace, "largest_eigenvalue": fisher.largestEigenvalue, "frobenius": fisher.frobenius,
          "effective_rank": fisher.effectiveRank, "contrast.largest_eigenvalue": fisher.contrast?.largestEigenvalue,
          "contrast.frobenius": fisher.contrast?.frobenius,
          "contrast.largest_eigenvalue_normalized": fisher.contrast?.largestEigenvalueNormalized,
          "contrast.frobenius_normalized": fisher.contrast?.frobeniusNormalized,
          "contrast.log_volume_gap": fisher.contrast?.logVolumeGap,
        ])
    }
    for minibatch in minibatches ?? [] {
      let at = "per_minibatch.\(minibatch.row)"
      add("\(at).euclidean", minibatch.euclidean.named)
      add("\(at).kl.in_sample", minibatch.inSample.named)
      figures.updateValue(minibatch.heldOutCosine, forKey: "\(at).kl.held_out.cosine")
    }
    for point in dampingPath ?? [] {
      add(
        "damping_path.\(point.weight)",
        ["regret": point.regret, "cosine": point.cosine, "norm": point.norm, "regret_ratio": point.regretRatio])
    }
    for tensor in tensors ?? [] {
      add("tensors.\(tensor.name).euclidean", tensor.euclidean.named)
      add("tensors.\(tensor.name).kl", tensor.kl.named)
    }
    return figures
  }
}

extension Audit {
  /// The same with minibatches of `rows` only, numbered from 0 in that order.
  func figures(ofRows rows: [Int]) -> [String: Double?] {
    var figures = figures.filter { !$0.key.hasPrefix("per_minibatch.") }
    for (place, row) in rows.enumerated() {
      let prefix = "per_minibatch.\(row)."
      for (key, value) in self.figures where key.hasPrefix(prefix) {
        figures.updateValue(value, forKey: "per_minibatch.\(place)." + key.dropFirst(prefix.count))
      }
    }
    return figures
  }
}

extension Estimate? {
  fileprivate var named: [String: Double?] {
    ["value": self.map(\.value), "stderr": self.flatMap(\.standardError)]
  }
}

extension MinibatchMeasures? {
  fileprivate var named: [String: Double?] {
    ["norm": self?.norm, "cosine": self?.cosine, "share": self?.share]
  }
}

extension PairStatistics? {
  fileprivate var named: [String: Double?] {
    var figures: [String: Double?] = [
      "rms_norm": self?.rmsNorm, "jensen_ratio": self?.jensenRatio, "relative_regret": self?.relativeRegret,
      "noise": self?.noise, "contrast": self?.contrast, "tic": self?.tic,
    ]
    let estimates: [(String, Estimate?)] = [
      ("regret", self?.regret), ("cosine", self?.cosine), ("norm", self?.norm),
      ("mean_gradient_square", self?.meanGradientSquare), ("coherence", self?.coherence),
      ("noise_scale", self?.noiseScale),
    ]
    for (name, estimate) in estimates {
      for (part, value) in estimate.named { figures.updateValue(value, forKey: "\(name).\(part)") }
    }
    return figures
  }
}
