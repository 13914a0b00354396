/// A probe made of closures, for a model that belongs to another package or has names that a conformance would collide
/// with:
///
///     let source = GradientSource(tensors: tensors, batchSize: \.count) { (batch: [Example], row) in
///       let (loss, gradients) = model.lossAndGradients(batch)
///       try row.append(contentsOf: gradients)
///       return loss
///     }
///     try recorder.capture(source, over: batches, step: step)
///
/// The closures are ``Probe``'s requirements. ``LabelSamplingSource`` and ``OutputSource`` are its richer forms.
public struct GradientSource<Batch>: Probe {
  /// Every parameter tensor, in the order in which a row holds them.
  public let tensors: [TensorLayout]
  /// The output distribution whose negative logarithm is the loss.
  public let likelihoodKind: LikelihoodKind
  private let size: (Batch) -> Int
  private let hash: (Batch) -> UInt64?
  private let theta: (inout GradientRow) throws -> Void
  private let fill: (Batch, inout GradientRow) throws -> Double

  /// The probe of `gradient`, which returns the mean loss over a minibatch [nats] and writes its gradient;
  /// `parameters` writes θ, or nothing.
  public init(
    tensors: [TensorLayout], likelihoodKind: LikelihoodKind = .unspecified, batchSize: @escaping (Batch) -> Int,
    batchHash: @escaping (Batch) -> UInt64? = { _ in nil },
    parameters: @escaping (inout GradientRow) throws -> Void = { _ in },
    gradient: @escaping (_ batch: Batch, _ row: inout GradientRow) throws -> Double
  ) {
    self.tensors = tensors
    self.likelihoodKind = likelihoodKind
    size = batchSize
    hash = batchHash
    theta = parameters
    fill = gradient
  }

  /// What the closure returns.
  public func gradient(over batch: Batch, into gradient: inout GradientRow) throws -> Double {
    try fill(batch, &gradient)
  }

  /// What the closure returns.
  public func batchSize(of batch: Batch) -> Int { size(batch) }

  /// What the closure returns.
  public func batchHash(of batch: Batch) -> UInt64? { hash(batch) }

  /// What the closure writes.
  public func parameters(into row: inout GradientRow) throws { try theta(&row) }
}

extension GradientSource where Batch: Collection {
  /// The same for minibatches that count themselves.
  public init(
    tensors: [TensorLayout], likelihoodKind: LikelihoodKind = .unspecified,
    gradient: @escaping (_ batch: Batch, _ row: inout GradientRow) throws -> Double
  ) {
    self.init(tensors: tensors, likelihoodKind: likelihoodKind, batchSize: \.count, gradient: gradient)
  }
}
