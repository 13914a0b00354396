/// What the length of a direction is measured against, so that surfaces of differently scaled networks can be compared.
///
/// Li et al. (2017), "Visualizing the loss landscape of neural nets"; one-dimensional tensors (biases, normalisation
/// weights) are set to zero under `filter` and `layer`, as in the authors' published code.
public enum DirectionScale: String, Hashable, Codable, Sendable, CaseIterable {
  /// ‖d‖ = ‖θ‖ on every output row of a matrix and every filter of a kernel: the slices of a tensor's first extent.
  case filter
  /// ‖d‖ = ‖θ‖ on every tensor.
  case layer
  /// As drawn or given, one-dimensional tensors included.
  case none
}
