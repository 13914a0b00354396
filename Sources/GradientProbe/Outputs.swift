/// Outputs of a minibatch and the way back to the parameters.
public struct Outputs {
  /// Outputs [B, C], example by example.
  public let values: [Float]

  /// Writes Σ_b J_bᵀh_b into a row for a cotangent h [B, C], J_b the Jacobian of example b's outputs by θ.
  public let pullback: (_ cotangent: [Float], _ row: inout GradientRow) throws -> Void

  /// Writes J_bᵀh into a row for one example b and its cotangent h [C].
  public let examplePullback: (_ example: Int, _ cotangent: [Float], _ row: inout GradientRow) throws -> Void

  /// Outputs [B, C] with their pullback.
  ///
  /// The rows of `exact` and `empirical` factors belong to single examples: a cotangent that is zero elsewhere gives
  /// them at the price of a whole minibatch each, unless `examplePullback` is cheaper.
  public init(
    _ values: [Float],
    examplePullback: ((_ example: Int, _ cotangent: [Float], _ row: inout GradientRow) throws -> Void)? = nil,
    pullback: @escaping (_ cotangent: [Float], _ row: inout GradientRow) throws -> Void
  ) {
    self.values = values
    self.pullback = pullback
    self.examplePullback =
      examplePullback
      ?? { example, cotangent, row in
        var whole = [Float](repeating: 0, count: values.count)
        let first = example * cotangent.count
        whole.replaceSubrange(first..<(first + cotangent.count), with: cotangent)
        try pullback(whole, &row)
      }
  }
}

/// What the outputs of a minibatch should have been.
public enum Targets: Hashable, Sendable {
  /// A class 0..<C for each example, [B]: for the categorical likelihood.
  case classes([Int])
  /// A number for each output, [B, C]: 0 or 1 for Bernoulli, any for Gaussian.
  case values([Float])
}
