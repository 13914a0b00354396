/// What others read from θ and from single parameters, which no inner products of rows tell. Formulas and sources are in the
/// documentation's Measures.
public struct ParameterMeasures: Hashable, Codable, Sendable {
  /// Mean over parameters of the signal-to-noise ratio of one example's gradient, (ḡ_p² − s_p²/N) ÷ (b·s_p²) (Liu et al. 2020); nil
  /// below two gradients, and where none varies.
  public var signalToNoise: Estimate?
  /// θᵀFθ, the squared Fisher–Rao norm (Liang et al. 2019); nil where the file holds no finite θ, or no usable Fisher.
  public var fisherRao: Estimate?
  /// Σ over tensors W of more than one axis of (1/M) Σ_m ‖WᵀA_m‖²_F, A_m what factor m has in their place (Petzka et al. 2021); nil
  /// likewise, and where there is no such tensor.
  public var relativeFlatness: Estimate?
  /// The last of these tensors alone, in the file's order.
  public var lastRelativeFlatness: Estimate?
  /// Each tensor's term of ``relativeFlatness``, in the file's order.
  public var tensors: [TensorFlatness] = []
}

/// Relative flatness of one tensor.
public struct TensorFlatness: Hashable, Codable, Sendable {
  /// The tensor's name.
  public var name: String
  /// (1/M) Σ_m ‖WᵀA_m‖²_F
  public var relativeFlatness: Estimate
}
