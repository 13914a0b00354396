internal import Checkpoint
public import Comparison
internal import Landscape
internal import Regret

extension CheckpointReport {
  /// What is compared of this checkpoint: its metrics, of which `gapMetric` may stand for the gap, and its measures by their
  /// paths in the JSON.
  public func compared(as name: String, gapMetric: String? = nil) -> ComparedRun {
    ComparedRun(name: name, metrics: description.metrics, measures: measuredValues, gapMetric: gapMetric)
  }

  private var measuredValues: [MeasuredValue] {
    var values: [MeasuredValue] = []
    func add(_ name: String, _ estimate: Estimate?) {
      if let estimate { values.append(MeasuredValue(name, estimate)) }
    }
    func add(_ name: String, _ value: Double?) { add(name, value.map { Estimate(value: $0, standardError: nil) }) }
    add("kl.estimate.regret", audit.kl?.supportedEstimate?.regret)
    add("kl.held_out.regret", audit.kl?.heldOut?.regret)
    add("kl.in_sample.regret", audit.kl?.inSample?.regret)
    add("euclidean.regret", audit.euclidean?.regret)
    add("kl.estimate.cosine", audit.kl?.supportedEstimate?.cosine)
    add("kl.held_out.cosine", audit.kl?.heldOut?.cosine)
    add("kl.in_sample.cosine", audit.kl?.inSample?.cosine)
    add("euclidean.cosine", audit.euclidean?.cosine)
    add("kl.estimate.tic", audit.kl?.supportedEstimate?.tic)
    add("kl.held_out.tic", audit.kl?.heldOut?.tic)
    add("kl.in_sample.tic", audit.kl?.inSample?.tic)
    add("euclidean.noise_scale", audit.euclidean?.noiseScale)
    add("euclidean.contrast", audit.euclidean?.contrast)
    add("euclidean.norm", audit.euclidean?.norm)
    addRelated(audit.related, add)
    for point in audit.dampingPath ?? [] where Self.comparedWeights.contains(point.weight) {
      let at = "damping_path[\(point.weight)]."
      add(at + "regret", point.regret)
      add(at + "regret_ratio", point.regretRatio)
      for other in point.transfers ?? [] {
        add(at + "excess." + other.group, other.excess)
        add(at + "transfer." + other.group, other.transfer)
      }
    }
    for (path, measures) in comparedTransfers {
      add(path + ".excess", measures.excess)
      add(path + ".transfer", measures.transfer)
      add(path + ".median_excess", measures.medianExcess)
      add(path + ".geometric_mean_excess", measures.geometricMeanExcess)
    }
    for (path, excess) in comparedLosses { add(path, excess) }
    if let fisher = audit.fisher {
      add("fisher.trace", fisher.trace)
      add("fisher.largest_eigenvalue", fisher.largestEigenvalue)
      add("fisher.effective_rank", fisher.effectiveRank)
      add("fisher.contrast.largest_eigenvalue", fisher.contrast?.largestEigenvalue)
      add("fisher.contrast.frobenius", fisher.contrast?.frobenius)
      add("fisher.contrast.largest_eigenvalue_normalized", fisher.contrast?.largestEigenvalueNormalized)
      add("fisher.contrast.frobenius_normalized", fisher.contrast?.frobeniusNormalized)
      add("fisher.contrast.log_volume_gap", fisher.contrast?.logVolumeGap)
    }
    for slice in slices {
      guard let summary = SurfaceSummary(slice.surface) else { continue }
      add("slices.\(slice.name).sharpness.mean_loss", summary.sharpness)
      add("slices.\(slice.name).sharpness.contrast", summary.contrast)
      add("slices.\(slice.name).sharpness.minimum_spread", summary.minimumSpread)
      add(
        "slices.\(slice.name).sharpness.regret",
        summary.regret.map { Estimate(value: $0, standardError: summary.regretError) })
    }
    return values
  }

  /// The weights of the damping path whose regrets are compared: decades, since neighbours say much the same.
  static let comparedWeights = [1e-3, 0.01, 0.1, 1]

  private func addRelated(_ related: RelatedMeasures?, _ add: (String, Estimate?) -> Void) {
    guard let related else { return }
    func addTypical(_ table: String, _ regret: TypicalRegret?) {
      guard let regret else { return }
      add("related.\(table).median_regret", Estimate(value: regret.median, standardError: nil))
      add("related.\(table).geometric_mean_regret", regret.geometricMean)
    }
    if audit.kl?.supportedEstimate != nil { addTypical("estimate", related.estimate) }
    addTypical("held_out", related.heldOut)
    for (table, statistics) in [("in_sample", related.inSample), ("euclidean", related.euclidean)] {
      addTypical(table, statistics?.regret)
      add("related.\(table).regret_on_mean", statistics?.regretOnMean)
      add("related.\(table).regret_ratio", statistics?.regretRatio)
      add("related.\(table).disparity", statistics?.disparity)
      add("related.\(table).one_step_ratio", statistics?.oneStepRatio)
      add("related.\(table).stiffness", statistics?.stiffness)
    }
    add("related.parameters.signal_to_noise", related.parameters?.signalToNoise)
    add("related.parameters.fisher_rao", related.parameters?.fisherRao)
    add("related.parameters.relative_flatness", related.parameters?.relativeFlatness)
    add("related.parameters.relative_flatness_last", related.parameters?.lastRelativeFlatness)
  }
}
