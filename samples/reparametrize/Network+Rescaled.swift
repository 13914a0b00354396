import Networks

extension Network {
  /// (W₁, b₁, W₂) → (aW₁, ab₁, W₂/a) of a network of two dense layers with a ReLU between them, whose function stays as
  /// it is, since max(ax, 0) = a·max(x, 0) for a > 0 (Dinh et al. 2017).
  func rescaled(by factor: Double) -> Network {
    precondition(tensors.count == 4, "two dense layers")
    var network = self
    let counts = tensors.map { $0.shape.reduce(1, *) }
    let first = counts[0] + counts[1]
    for index in 0..<first { network.parameters[index] *= Scalar(factor) }
    for index in first..<(first + counts[2]) { network.parameters[index] /= Scalar(factor) }
    return network
  }
}
