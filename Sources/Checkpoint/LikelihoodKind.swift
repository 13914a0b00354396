/// The output distribution whose negative logarithm [nats] was the loss.
public enum LikelihoodKind: String, Codable, Sendable, CaseIterable {
  /// Softmax over C classes: h_c = √p_c (e_c − p).
  case categorical
  /// C independent sigmoids: h_c = √(p_c(1 − p_c)) e_c.
  case bernoulli
  /// C independent normals of one standard deviation σ: h_c = e_c/σ.
  case gaussian
  /// Not told by whoever wrote the file.
  case unspecified
}
