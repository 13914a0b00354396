internal import Checkpoint
internal import Regret

/// Figures about one checkpoint.
struct CheckpointCharts {
  let checkpoint: CheckpointReport

  init(_ checkpoint: CheckpointReport) { self.checkpoint = checkpoint }

  private var audit: Audit { checkpoint.audit }
  private var count: Int { audit.minibatchCount - audit.zeroGradients }
  private var at: String { "step \(NumberText.count(checkpoint.description.step))" }

  var path: Chart? {
    guard let path = audit.dampingPath, !path.isEmpty else { return nil }
    let mark = audit.kl?.damping.weight.map { ($0, "ρ = \(NumberText.rounded($0, digits: 2))") }
    func panel(_ name: String, _ unit: String, _ color: Int, _ value: (DampingPathPoint) -> Double?) -> Panel? {
      LineChart(
        series: [
          .init(
            name: name,
            points: path.map { point in
              value(point).map { .init(x: point.weight, y: $0) }
            }, color: color)
        ], title: name, xLabel: "damping weight ρ", yLabel: unit, xKind: .logarithmic, pattern: "ρ = {x}: {y}",
        mark: mark
      ).panel
    }
    let panels = [
      panel("Regret, in-sample", "nats per √nat", 2) { $0.regret },
      panel("Cosine, in-sample", "mean over pairs", 6) { $0.cosine },
    ].compactMap { $0 }
    guard !panels.isEmpty, let first = path.first?.regret, let last = path.last?.regret else { return nil }
    return Chart(
      name: .path, title: "Damping path, \(at)",
      alternative: "In-sample regret from \(NumberText.rounded(first)) at the lowest ρ to \(NumberText.rounded(last)) "
        + "at ρ = 1.",
      caption: "What the KL measures would be at other weights of the damping; the dashed line is the weight in use. "
        + "A conclusion that holds only at one weight is not a finding.", panels: panels)
  }

  var tensors: Chart? {
    guard let tensors = audit.tensors, !tensors.isEmpty else { return nil }
    let isKL = tensors.contains { $0.kl != nil }
    let shown = tensors.ranked(byKL: isKL).prefix(20).map(\.0)
    guard !shown.isEmpty else { return nil }
    func panel(_ title: String, _ unit: String, _ color: Int, _ value: (TensorRegret) -> Estimate?) -> Panel {
      .bars(
        BarChart(
          title: title, unit: unit, color: color, names: shown.map(\.name),
          bars: shown.map { tensor in
            value(tensor).map {
              BarChart.Bar(
                $0, title: "\(tensor.name) (\(NumberText.count(tensor.count)) parameters): \($0.text)")
            }
          }))
    }
    var panels = [panel("Euclidean ball", "nats per unit of parameter", 1) { $0.euclidean }]
    if isKL { panels.insert(panel("KL ball, in-sample", "nats per √nat", 2) { $0.kl }, at: 0) }
    let rest = tensors.count - shown.count
    return Chart(
      name: .tensors, title: "Regret tensor by tensor, \(at)",
      alternative: "Largest: \(shown.prefix(3).map(\.name).joined(separator: ", ")).",
      caption:
        "Each tensor by itself, the others held still: where the disagreement sits. Values of tensors do not add "
        + "up to the whole's. Whiskers are 95% intervals."
        + (rest > 0 ? " \(NumberText.count(rest)) smaller ones are in the table below." : ""),
      panels: panels)
  }

  /// Cosines in the KL ball, held-out where there are such, and how they are called.
  private var matrices: [(name: String, PairMatrix, color: Int, dash: String)] {
    guard let arrays = audit.arrays else { return [] }
    return [
      audit.kl?.supportedEstimate == nil ? nil : arrays.estimateCosine.map { ("KL ball", $0, 3, "") },
      arrays.heldOutCosine.map { ("KL ball, held-out", $0, 0, audit.kl?.supportedEstimate == nil ? "" : "dotted") },
      arrays.kl.map { ("KL ball, in-sample", $0.cosines, 2, "dashed") },
      arrays.euclidean.map { ("Euclidean ball", $0.cosines, 1, "dotted") },
    ].compactMap { $0 }
  }

  /// The figures of one checkpoint alone, with maps of at most `cells` a side.
  func all(cells: Int = MatrixChart.largest) -> [Chart] {
    [GroupCharts(checkpoint).flatMap(\.map), path, tensors, cosines(cells: cells), pairs, spectrum].compactMap { $0 }
  }

  /// Maps of at most `cells` a side.
  func cosines(cells: Int = MatrixChart.largest) -> Chart? {
    let shown = [matrices.first { $0.name.hasPrefix("KL") }, matrices.first { $0.name.hasPrefix("Euc") }]
    let panels = shown.compactMap { entry in
      entry.flatMap {
        MatrixChart(title: $0.name, matrix: $0.1, groups: checkpoint.description.groups).map(cells: cells)
      }
      .map { Panel.cells($0) }
    }
    guard !panels.isEmpty else { return nil }
    return Chart(
      name: .cosines, title: "Cosines between minibatches, \(at)",
      alternative: "A square of cosines between the minibatches' gradients, a row and a column each.",
      caption:
        "How far each pair of minibatches agrees on the best direction: 1 the same, 0 unrelated, below 0 opposed. "
        + "Minibatches that agree stand beside each other"
        + (checkpoint.description.groups.map { $0.names.count > 1 ? " within their group" : "" } ?? "")
        + ": blocks are such that agree among themselves, stripes single ones that disagree with all others. The strongest "
        + "colour is the largest cosine there is, so compare maps by their scales.",
      panels: panels)
  }

  var pairs: Chart? {
    let reference = checkpoint.referenceMinibatches
    let series = matrices.map { entry in
      let matrix = reference.map { entry.1.selecting($0) } ?? entry.1
      return (
        name: entry.name,
        values: (0..<matrix.count).flatMap { row in (0..<row).map { matrix[row, $0] } }.filter(\.isFinite),
        color: entry.color, dash: entry.dash
      )
    }
    guard let panel = HistogramChart(series: series, xLabel: "cosine of a pair of minibatches").chart?.panel else {
      return nil
    }
    return Chart(
      name: .pairs, title: "Pairs of minibatches, \(at)",
      alternative: "Histogram of the cosines of \(NumberText.count(count * (count - 1) / 2)) pairs.",
      caption:
        "The same cosines counted. The mean cosine is the share of its own best decrease that a minibatch gets, on "
        + "average, from the step chosen on another.",
      panels: [panel])
  }

  var spectrum: Chart? {
    guard let arrays = audit.arrays else { return nil }
    func panel(_ title: String, _ unit: String, _ color: Int, _ values: [Double]?) -> Panel? {
      guard let values, let first = values.first, first > 0 else { return nil }
      // What is below rounding of the largest says nothing.
      let kept = values.prefix { $0 > 1e-12 * first }
      var points: [LineChart.Point] = []
      var next = 0
      while next < kept.count {
        points.append(.init(x: Double(next + 1), y: kept[next]))
        // All of the first, then ever fewer: the axis is logarithmic.
        next += max(1, next / 16)
      }
      return LineChart(
        series: [.init(name: title, points: points, color: color)], title: title, xLabel: "rank", yLabel: unit,
        xKind: .logarithmic, yKind: .logarithmic, pattern: "eigenvalue {x}: {y}", hasDots: false
      ).panel
    }
    let panels = [
      panel("Where every parameter has the same scale", "eigenvalue where diag F = 1", 6, arrays.normalizedSpectrum),
      panel("In raw coordinates", "eigenvalue of F", 3, arrays.spectrum),
    ].compactMap { $0 }
    guard !panels.isEmpty else { return nil }
    let rank = audit.fisher.map { "Effective rank \(NumberText.rounded($0.effectiveRank, digits: 3))." } ?? ""
    return Chart(
      name: .spectrum, title: "Spectrum of the Fisher, \(at)",
      alternative: "Eigenvalues in descending order. \(rank)",
      caption: "How many directions the model's predictions are sensitive to. A steep fall means that a few directions "
        + "carry most of the curvature. The raw spectrum depends on how the network is written, the other does not "
        + "change when single parameters are rescaled.", panels: panels)
  }

  var contrast: Chart? {
    guard let contrast = audit.fisher?.contrast else { return nil }
    let ratios = [
      ("largest eigenvalue", contrast.largestEigenvalue), ("Frobenius norm", contrast.frobenius),
      ("λ₁, normalised", contrast.largestEigenvalueNormalized),
      ("Frobenius, normalised", contrast.frobeniusNormalized),
    ]
    let gap = contrast.logVolumeGap.map { "Log-volume gap \(NumberText.rounded($0)) nats." } ?? ""
    return Chart(
      name: .contrast, title: "Contrastive flatness, \(at)",
      alternative: ratios.map { "\($0.0) \(NumberText.rounded($0.1, digits: 3))" }.joined(separator: ", ") + ". \(gap)",
      caption: Captions.contrast + " " + gap,
      panels: [
        .bars(
          BarChart(
            title: "One minibatch's Fisher ÷ that of all", unit: "ratio", color: 3, names: ratios.map(\.0),
            bars: ratios.map { .init(value: $0.1, interval: nil, title: "\($0.0): \(NumberText.rounded($0.1))") }))
      ])
  }
}
