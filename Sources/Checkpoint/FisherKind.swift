/// Where the rows of a Fisher estimate F = (1/M) SᵀS come from, best first.
public enum FisherKind: String, Codable, Sendable, CaseIterable {
  /// √C·J_xᵀh_{x,c} for every example x and output c: the true Fisher on those inputs, equal to the GGN.
  case exact
  /// √B × the minibatch gradient with every label redrawn from the model's prediction: unbiased for `exact`.
  case sampled
  /// Per-example gradients with the true labels. Not the Fisher away from a good fit (Kunstner et al. 2019).
  case empirical
  /// No rows of its own: b·Cov(g) + ḡḡᵀ from the recorded gradients.
  case minibatch

  /// Whether a checkpoint file stores factor rows of this kind.
  public var isStored: Bool { self != .minibatch }
}
