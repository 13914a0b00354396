internal import Checkpoint
internal import Regret

/// Figures over the steps of one run, or of several beside each other.
struct RunCharts {
  let checkpoints: [CheckpointReport]
  private let measures: StepMeasures
  /// By file, what was measured with other settings than in the checkpoint that is shown in detail.
  private let differing: [String: String]

  /// Checkpoints that lack rows are no points of a line: they would draw as a change.
  init(_ report: Report) {
    let whole = report.checkpoints.enumerated().filter { !$0.element.description.isPartial }
    checkpoints = whole.map(\.element)
    measures = StepMeasures(checkpoints)
    let differences = report.differences
    differing = Dictionary(
      whole.compactMap { index, checkpoint in
        differences[index].isEmpty
          ? nil : (checkpoint.file, differences[index].map(\.text).joined(separator: ", ").printable)
      }
    ) { $1 }
  }

  /// One measure as it is drawn.
  private struct Measure {
    var name: String
    var color: Int
    var dash: String
    var value: (CheckpointReport) -> Estimate?
  }

  /// How each ball is drawn wherever it is.
  private static func measure(_ ball: Ball, _ value: @escaping (BallMeasures) -> Estimate?) -> Measure {
    let (name, color, dash) =
      switch ball {
      case .estimate: ("estimate", 3, "")
      case .heldOut: ("held-out", 0, "dotted")
      case .inSample: ("in-sample", 2, "dashed")
      case .euclidean: ("Euclidean", 1, "")
      }
    return Measure(name: name, color: color, dash: dash) { $0.audit.measures(ball).flatMap(value) }
  }

  private static let allInKL: [Ball] = [.estimate, .heldOut, .inSample]

  /// Those that are drawn: of several runs the one that they have in common, so that a line is a run.
  private func balls(_ balls: [Ball]) -> [Ball] {
    guard Set(checkpoints.map(\.description.run)).count > 1 else { return balls }
    return balls.contains(inKL) ? [inKL] : [measures.sizes == .euclidean ? .inSample : measures.sizes]
  }

  /// The share: what the headline is over the steps.
  var share: Chart? {
    let panels = [
      chart(balls(Self.allInKL).map { Self.measure($0, \.cosine) }, title: "KL ball", yLabel: "share (mean cosine)"),
      chart([Self.measure(.euclidean, \.cosine)], title: "Euclidean ball", yLabel: "share (mean cosine)"),
    ].compactMap { $0 }
    guard !panels.isEmpty else { return nil }
    return Chart(
      name: .share, title: "What a step for one minibatch gives another",
      alternative: summary("Share") { $0.audit.measures(measures.ball)?.cosine.value },
      caption:
        "The mean cosine between minibatches over training: what the best small step for one gives another, of what "
        + "its own best step would give. 1 where minibatches agree, 0 where they have nothing to do with each other, "
        + "below 0 where they pull against each other. Unlike the regret it does not fall as gradients shrink. "
        + captions, panels: panels)
  }

  var regret: Chart? {
    let drawing = chart(balls(Self.allInKL).map { Self.measure($0, \.regret) }, yLabel: "nats per √nat")
    return make(
      .regret, "Regret in the KL ball", drawing, summary("KL regret") { $0.audit.measures(inKL)?.regret.value },
      "How much worse a minibatch fares after the best small step for another minibatch than after its own, over "
        + "training. It falls where minibatches come to agree, and where gradients shrink: the norms below tell which. "
        + "Steps are measured by how much they change the model's predictions, so rescaling parameters does "
        + "not move the line. The estimate is drawn where the file has factor rows enough for it; held-out is high and "
        + "in-sample low as a rule. " + captions)
  }

  var euclidean: Chart? {
    make(
      .euclidean, "Regret in the Euclidean ball",
      chart([Self.measure(.euclidean, \.regret)], yLabel: "nats per unit of parameter"),
      summary("Euclidean regret") { $0.audit.euclidean?.regret.value },
      "The same for steps of equal length in parameter space. Rescaling a layer without changing what the network "
        + "computes moves this line, so compare it only within one way of writing the network.")
  }

  /// What the regret is made of: the length of gradients, and the share of it that is lost.
  var norm: Chart? {
    let panels = [
      chart(
        balls([.estimate, .inSample]).map { Self.measure($0, \.norm) }, title: "Norm, KL ball",
        yLabel: "nats per √nat"),
      chart([Self.measure(.euclidean, \.norm)], title: "Norm, Euclidean ball", yLabel: "nats per unit of parameter"),
      chart(
        (balls([.estimate, .inSample]) + [.euclidean]).map { Self.measure($0, \.relativeRegret) },
        title: "Relative regret",
        yLabel: "regret ÷ norm"),
    ].compactMap { $0 }
    guard !panels.isEmpty else { return nil }
    return Chart(
      name: .norm, title: "What the regret is made of",
      alternative: summary("Norm") { $0.audit.measures(measures.sizes)?.norm?.value },
      caption: "The mean length of the minibatches' gradients, which is the regret where nothing carries over, and the "
        + "share of it that is regret. " + captions, panels: panels)
  }

  var noise: Chart? {
    let sizes = checkpoints.map(\.audit.batchSize)
    let isOneSize = Set(sizes).count == 1
    guard
      let drawing = chart(
        (balls([.estimate, .inSample]) + [.euclidean]).map { Self.measure($0, \.noiseScale) }, yLabel: "examples",
        yKind: .logarithmic, level: isOneSize ? sizes.first.map { ($0, "b = \(NumberText.count($0))") } : nil)
    else { return nil }
    return Chart(
      name: .noise, title: "How far larger minibatches help",
      alternative: summary("Noise scale") { $0.audit.measures(measures.sizes)?.noiseScale?.value },
      caption: "The noise scale: up to about so many examples a larger minibatch still makes a better step, beyond it "
        + "hardly (McCandlish et al. 2018 in the Euclidean ball). The dashed line is the size of these minibatches. No "
        + "point where the mean gradient drowns in noise. " + captions, panels: [drawing])
  }

  /// The most trustworthy of the KL balls that checkpoints have in common.
  private var inKL: Ball { measures.ball == .euclidean ? .inSample : measures.ball }

  /// What bands and rings are.
  private var captions: String {
    "Bands are 95% intervals."
      + (differing.isEmpty
        ? "" : " Rings were measured in another way than the last checkpoint; pointing at one tells how.")
  }

  /// What carries over from the reference group to others, and the groups' losses.
  var transfer: Chart? {
    guard let measures = checkpoints.last?.audit.groups, measures.groups.count > 1 else { return nil }
    let reference = measures.groups[measures.reference].name
    let names = ([reference] + measures.groups.map(\.name).filter { $0 != reference }).prefix(6)
    func place(_ name: String, _ checkpoint: CheckpointReport) -> Int? {
      checkpoint.audit.groups?.groups.firstIndex { $0.name.utf8.elementsEqual(name.utf8) }
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
          found(name, checkpoint)?.regret
        }
      }, yLabel: "regret, nats per √nat")
    let losses = chart(
      names.enumerated().map { index, name in
        Measure(name: name.printable, color: index, dash: index == 0 ? "" : "dashed") { checkpoint in
          place(name, checkpoint).flatMap { checkpoint.audit.groups!.groups[$0].loss }
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
        checkpoint.audit.fisher?.contrast.map { Estimate(value: value($0), standardError: nil) }
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
          checkpoint.audit.fisher?.contrast?.logVolumeGap.map { Estimate(value: $0, standardError: nil) }
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
          checkpoint in checkpoint.description.metrics[name].map { Estimate(value: $0, standardError: nil) }
        }
      }, yLabel: "loss", isFromZero: false)
    return make(
      .loss, "Loss", drawing, summary(names[0].replacingUnderscores, { $0.description.metrics[names[0]] }),
      "What the run itself recorded at these steps, for reading the regret against it.")
  }

  private func make(_ name: Chart.Name, _ title: String, _ panel: Panel?, _ text: String, _ caption: String)
    -> Chart?
  {
    panel.map { Chart(name: name, title: title, alternative: text, caption: caption, panels: [$0]) }
  }

  private func chart(
    _ measures: [Measure], title: String = "", yLabel: String, yKind: Scale.Kind = .linear, isFromZero: Bool = true,
    level: (Double, String)? = nil
  ) -> Panel? {
    var runs: [String] = []
    for checkpoint in checkpoints where !runs.contains(checkpoint.description.run) {
      runs.append(checkpoint.description.run)
    }
    var series: [LineChart.Series] = []
    for (index, run) in runs.prefix(8).enumerated() {
      let members = checkpoints.filter { $0.description.run == run }
      for (place, measure) in measures.enumerated() {
        let points = members.map { checkpoint -> LineChart.Point? in
          guard let estimate = measure.value(checkpoint), estimate.value.isFinite else { return nil }
          let setting = differing[checkpoint.file]
          return .init(
            x: Double(checkpoint.description.step), y: estimate.value,
            interval: estimate.interval.map { ($0.low, $0.high ?? .infinity) },
            note: setting.map { "; \($0)" } ?? "", isMarked: setting != nil)
        }
        guard points.contains(where: { $0 != nil }) else { continue }
        let title = RunName.of(run, among: checkpoints)
        let name = runs.count > 1 ? title + (measures.count > 1 ? " \(measure.name)" : "") : measure.name
        series.append(
          .init(
            name: name, points: points, color: runs.count > 1 ? index : measure.color,
            // A colour is then a run, so dashes tell its measures apart.
            dash: runs.count > 1 ? ["", "dashed", "dotted"][min(place, 2)] : measure.dash))
      }
    }
    guard !series.isEmpty else { return nil }
    return LineChart(
      series: series, title: title, xLabel: "training step", yLabel: yLabel,
      xKind: Scale.Kind(steps: checkpoints.map(\.description.step)), yKind: yKind,
      isFromZero: isFromZero, pattern: "{n}, step {s}: {t}", level: level
    ).panel
  }

  private func summary(_ name: String, _ value: (CheckpointReport) -> Double?) -> String {
    let known = checkpoints.compactMap { checkpoint in value(checkpoint).map { (checkpoint.description.step, $0) } }
    guard let first = known.first, let last = known.last else { return "No values." }
    return "\(name) over \(known.count) checkpoints: \(NumberText.rounded(first.1)) at step "
      + "\(NumberText.count(first.0)), \(NumberText.rounded(last.1)) at step \(NumberText.count(last.0))."
  }
}
