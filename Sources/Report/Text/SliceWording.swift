internal import Landscape
internal import Regret

extension DirectionSummary {
  /// The direction in words.
  var words: String {
    let kind =
      switch origin {
      case .random: "a random direction"
      case .between: "the line to another checkpoint"
      case .naturalGradient: "a natural-gradient step"
      case .given: "a given direction"
      }
    let against =
      switch scale {
      case .filter: ", as long as the weights filter by filter"
      case .layer: ", as long as the weights layer by layer"
      case .none: ""
      }
    return "\(kind) (\(name))\(against)"
  }
}

extension SurfaceSummary {
  /// The regret on the grid ± half of its 95% interval; nil without one.
  var regretText: String? {
    regret.map { Estimate(value: $0, standardError: regretError).text(count: minibatchMinima.count) }
  }

  /// The numbers in a sentence.
  var words: String {
    func text(_ value: Double) -> String { NumberText.rounded(value, digits: 3) }
    let atEdge = minibatchMinima.count(where: \.isAtEdge)
    return "Sharpness of the mean loss \(text(sharpness)) nats, of single minibatches \(text(minibatchSharpness)) nats"
      + (contrast.map { " (\(text($0)) times)" } ?? "") + ". Minima of single minibatches scatter by "
      + "\(text(minimumSpread)) along the axes"
      + (atEdge > 0 ? "; \(atEdge) of \(minibatchMinima.count) lie at the edge, where the loss still falls." : ".")
      + (regretText.map { " Regret on the grid \($0) nats." } ?? "")
  }
}
