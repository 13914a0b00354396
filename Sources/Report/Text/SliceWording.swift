internal import Landscape

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
  /// The numbers in a sentence.
  var words: String {
    func text(_ value: Double) -> String { NumberText.rounded(value, digits: 3) }
    let atEdge = minibatchMinima.count(where: \.isAtEdge)
    return "Sharpness of the mean loss \(text(sharpness)) nats, of single minibatches \(text(minibatchSharpness)) nats"
      + (contrast.map { " (\(text($0)) times)" } ?? "") + ". Minima of single minibatches scatter by "
      + "\(text(minimumSpread)) along the axes"
      + (atEdge > 0 ? "; \(atEdge) of \(minibatchMinima.count) lie at the edge, where the loss still falls." : ".")
      + (regret.map { " Regret on the grid \(NumberText.withError($0, regretError)) nats." } ?? "")
  }
}
