internal import Checkpoint
internal import Regret

/// Figures over the steps of one run, or of several beside each other.
struct RunCharts {
  let checkpoints: [CheckpointReport]

  /// Checkpoints that lack rows are no points of a line: they would draw as a change.
  init(_ checkpoints: [CheckpointReport]) { self.checkpoints = checkpoints.filter { !$0.description.isPartial } }

  /// One measure as it is drawn.
  private struct Measure {
    var name: String
    var color: Int
    var dash: String
    var value: (CheckpointReport) -> (value: Double, error: Double?)?
  }

  var regret: Chart? {
    let drawing = chart(
      [
        Measure(name: "estimate", color: 3, dash: "") { estimate($0.audit.kl?.supportedEstimate?.regret, $0) },
        Measure(name: "held-out", color: 0, dash: "dotted") { estimate($0.audit.kl?.heldOut?.regret, $0) },
        Measure(name: "in-sample", color: 2, dash: "dashed") { estimate($0.audit.kl?.inSample?.regret, $0) },
      ], yLabel: "nats per √nat")
    return make(
      .regret, "Regret in the KL ball", drawing,
      summary(
        "KL regret",
        {
          $0.audit.kl?.supportedEstimate?.regret.value ?? $0.audit.kl?.heldOut?.regret.value
            ?? $0.audit.kl?.inSample?.regret.value
        }),
      "How much worse a minibatch fares after the best small step for another minibatch than after its own, over "
        + "training. Steps are measured by how much they change the model's predictions, so rescaling parameters does "
        + "not move the line. The estimate is drawn where the file has factor rows enough for it; held-out is high and "
        + "in-sample low as a rule. Bands are 95% intervals.")
  }

  var euclidean: Chart? {
    let drawing = chart(
      [Measure(name: "Euclidean", color: 1, dash: "") { estimate($0.audit.euclidean?.regret, $0) }],
      yLabel: "nats per unit of parameter")
    return make(
      .euclidean, "Regret in the Euclidean ball", drawing,
      summary("Euclidean regret", { $0.audit.euclidean?.regret.value }),
      "The same for steps of equal length in parameter space. Rescaling a layer without changing what the network "
        + "computes moves this line, so compare it only within one way of writing the network.")
  }

  /// What carries over from the reference group to others, and the groups' losses.
  var transfer: Chart? {
    guard let measures = checkpoints.last?.audit.groups, measures.groups.count > 1 else { return nil }
    let reference = measures.groups[measures.reference].name
    let names = ([reference] + measures.groups.map(\.name).filter { $0 != reference }).prefix(6)
    func place(_ name: String, _ checkpoint: CheckpointReport) -> Int? {
      checkpoint.audit.groups?.groups.firstIndex { $0.name == name }
    }
    func found(_ name: String, _ checkpoint: CheckpointReport) -> TransferMeasures? {
      guard let groups = checkpoint.audit.groups, let from = place(reference, checkpoint),
        let to = place(name, checkpoint)
      else { return nil }
      return Ball(checkpoint.audit)(groups.pair(from, to))
    }
    let regrets = chart(
      names.enumerated().map { index, name in
        Measure(name: "\(reference) → \(name)".printable, color: index, dash: index == 0 ? "" : "dashed") {
          checkpoint in
          estimate(found(name, checkpoint)?.regret, checkpoint)
        }
      }, yLabel: "regret, nats per √nat")
    let losses = chart(
      names.enumerated().map { index, name in
        Measure(name: name.printable, color: index, dash: index == 0 ? "" : "dashed") { checkpoint in
          place(name, checkpoint).flatMap { estimate(checkpoint.audit.groups!.groups[$0].loss, checkpoint) }
        }
      }, yLabel: "loss, nats", isFromZero: false)
    let panels = [regrets, losses].compactMap { $0 }
    guard regrets != nil else { return nil }
    return Chart(
      name: .transfer, title: "From \(reference.printable) to other groups",
      alternative: checkpoints.last.flatMap { GroupWording($0)?.sentences } ?? "",
      caption: "How much worse minibatches of each group fare after the best small step for a minibatch of "
        + "\(reference.printable) than after their own, beside the mean losses of the same minibatches. Where the lines part, "
        + "steps that serve the one group no longer serve the other. Bands are 95% intervals.", panels: panels)
  }

  var contrast: Chart? {
    func ratio(_ name: String, _ color: Int, _ dash: String, _ value: @escaping (ContrastiveFlatness) -> Double)
      -> Measure
    {
      Measure(name: name, color: color, dash: dash) { checkpoint in
        checkpoint.audit.fisher?.contrast.map { (value($0), nil) }
      }
    }
    let ratios = chart(
      [
        ratio("λ₁", 3, "", \.largestEigenvalue), ratio("Frobenius", 4, "", \.frobenius),
        ratio("λ₁, normalised", 3, "dashed", \.largestEigenvalueNormalized),
        ratio("Frobenius, normalised", 4, "dashed", \.frobeniusNormalized),
      ], yLabel: "one minibatch ÷ all")
    let gap = chart(
      [
        Measure(name: "log-volume gap", color: 6, dash: "") { checkpoint in
          checkpoint.audit.fisher?.contrast?.logVolumeGap.map { ($0, nil) }
        }
      ], yLabel: "log-volume gap, nats")
    guard let ratios else { return nil }
    return Chart(
      name: .contrast, title: "Contrastive flatness",
      alternative: summary("Ratio of largest eigenvalues") { $0.audit.fisher?.contrast?.largestEigenvalue },
      caption: Captions.contrast, panels: [ratios] + (gap.map { [$0] } ?? []))
  }

  var loss: Chart? {
    let names = Set(checkpoints.flatMap(\.description.metrics.keys)).filter { $0.hasSuffix("loss") }.sorted {
      // Training before validation before anything else.
      ($0 != "train_loss" ? 1 : 0, $0 != "validation_loss" ? 1 : 0, $0)
        < ($1 != "train_loss" ? 1 : 0, $1 != "validation_loss" ? 1 : 0, $1)
    }
    guard !names.isEmpty else { return nil }
    let drawing = chart(
      names.prefix(4).enumerated().map { index, name in
        Measure(name: name.replacingUnderscores, color: [7, 3, 0, 2][index], dash: index == 0 ? "" : "dashed") {
          checkpoint in checkpoint.description.metrics[name].map { ($0, nil) }
        }
      }, yLabel: "loss", isFromZero: false)
    return make(
      .loss, "Loss", drawing, summary(names[0].replacingUnderscores, { $0.description.metrics[names[0]] }),
      "What the run itself recorded at these steps, for reading the regret against it.")
  }

  private func make(_ name: Chart.Name, _ title: String, _ drawing: Drawing?, _ text: String, _ caption: String)
    -> Chart?
  {
    drawing.map { Chart(name: name, title: title, alternative: text, caption: caption, panels: [$0]) }
  }

  private func chart(_ measures: [Measure], yLabel: String, isFromZero: Bool = true) -> Drawing? {
    var runs: [String] = []
    for checkpoint in checkpoints where !runs.contains(checkpoint.description.run) {
      runs.append(checkpoint.description.run)
    }
    var series: [LineChart.Series] = []
    for (index, run) in runs.prefix(8).enumerated() {
      let members = checkpoints.filter { $0.description.run == run }
      for measure in measures {
        let points = members.map { checkpoint -> LineChart.Point? in
          guard let (value, error) = measure.value(checkpoint), value.isFinite else { return nil }
          let figures = error.map { NumberText.withError(value, $0) } ?? NumberText.rounded(value)
          return .init(
            x: Double(checkpoint.description.step), y: value, error: error,
            title: "\(measure.name), step \(NumberText.count(checkpoint.description.step)): \(figures)")
        }
        guard points.contains(where: { $0 != nil }) else { continue }
        let name = runs.count > 1 ? "\(label(run, members)) \(measures.count > 1 ? measure.name : "")" : measure.name
        series.append(
          .init(name: name, points: points, color: runs.count > 1 ? index : measure.color, dash: measure.dash))
      }
    }
    guard !series.isEmpty else { return nil }
    return LineChart(
      series: series, xLabel: "training step", yLabel: yLabel, xKind: stepScale, isFromZero: isFromZero
    ).drawing
  }

  /// A run's directory where its files have one of their own, else the beginning of its id.
  private func label(_ run: String, _ members: [CheckpointReport]) -> String {
    let folders = Set(members.map { $0.file.split(separator: "/").dropLast().last.map(String.init) ?? "" })
    if folders.count == 1, let folder = folders.first, !folder.isEmpty {
      let isShared = checkpoints.contains {
        $0.description.run != run && $0.file.split(separator: "/").dropLast().last.map(String.init) == folder
      }
      if !isShared { return folder }
    }
    return run.shortened(to: 12)
  }

  /// Logarithmic where half of the checkpoints lie in the first eighth of the steps.
  private var stepScale: Scale.Kind {
    let steps = checkpoints.map { Double($0.description.step) }.sorted()
    guard steps.count >= 4, let last = steps.last, steps[0] >= 0 else { return .linear }
    return steps[steps.count / 2] < last / 8 ? .logarithmicFromZero : .linear
  }

  private func estimate(_ estimate: Estimate?, _ checkpoint: CheckpointReport) -> (value: Double, error: Double?)? {
    estimate.map {
      ($0.value, $0.halfWidth(count: checkpoint.audit.minibatchCount - checkpoint.audit.zeroGradients))
    }
  }

  private func summary(_ name: String, _ value: (CheckpointReport) -> Double?) -> String {
    let known = checkpoints.compactMap { checkpoint in value(checkpoint).map { (checkpoint.description.step, $0) } }
    guard let first = known.first, let last = known.last else { return "No values." }
    return "\(name) over \(known.count) checkpoints: \(NumberText.rounded(first.1)) at step "
      + "\(NumberText.count(first.0)), \(NumberText.rounded(last.1)) at step \(NumberText.count(last.0))."
  }
}
