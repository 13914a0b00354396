/// The distribution of which a model's C outputs are the parameters; the loss is its negative logarithm [nats].
public enum Likelihood: Hashable, Sendable {
  /// Softmax of C logits: −log p_y.
  case categorical(classes: Int)
  /// C independent sigmoids of logits: −Σ_c log of the probability of what was seen.
  case bernoulli(outputs: Int)
  /// C independent normals of standard deviation σ: Σ_c (y_c − z_c)²/(2σ²), without the constant that no parameter
  /// moves.
  case gaussian(outputs: Int, deviation: Double)

  /// Number of outputs C of one example.
  public var outputCount: Int {
    switch self {
    case .categorical(let count), .bernoulli(let count), .gaussian(let count, _): count
    }
  }

  /// What checkpoint files call it.
  public var kind: LikelihoodKind {
    switch self {
    case .categorical: .categorical
    case .bernoulli: .bernoulli
    case .gaussian: .gaussian
    }
  }
}
