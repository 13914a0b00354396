/// An ``AsyncProbe`` made of closures, as ``GradientSource`` is a ``Probe`` made of them:
///
///     let source = AsyncGradientSource(tensors: tensors) { (batch: [Example], row) in
///       let (loss, gradients) = await model.lossAndGradients(batch)
///       try row.append(contentsOf: gradients)
///       return loss
///     }
///     try await recorder.capture(source, over: batches, step: step)
///
/// Closures run where the caller of `capture` does.
public struct AsyncGradientSource<Batch>: AsyncProbe {
  /// Every parameter tensor, in the order in which a row holds them.
  public let tensors: [TensorLayout]
  /// The output distribution whose negative logarithm is the loss.
  public let likelihoodKind: LikelihoodKind
  private let size: (Batch) -> Int
  private let hash: (Batch) -> UInt64?
  private let theta: nonisolated(nonsending) (inout GradientRow) async throws -> Void
  private let fill: nonisolated(nonsending) (Batch, inout GradientRow) async throws -> Double

  /// The probe of `gradient`, which returns the mean loss over a minibatch [nats] and writes its gradient;
  /// `parameters` writes θ, or nothing.
  public init(
    tensors: [TensorLayout], likelihoodKind: LikelihoodKind = .unspecified, batchSize: @escaping (Batch) -> Int,
    batchHash: @escaping (Batch) -> UInt64? = { _ in nil },
    parameters: nonisolated(nonsending) @escaping (inout GradientRow) async throws -> Void = { _ in },
    gradient: nonisolated(nonsending) @escaping (_ batch: Batch, _ row: inout GradientRow) async throws -> Double
  ) {
    self.tensors = tensors
    self.likelihoodKind = likelihoodKind
    size = batchSize
    hash = batchHash
    theta = parameters
    fill = gradient
  }

  /// What the closure returns.
  nonisolated(nonsending)
    public func gradient(over batch: Batch, into gradient: inout GradientRow) async throws -> Double
  { try await fill(batch, &gradient) }

  /// What the closure returns.
  public func batchSize(of batch: Batch) -> Int { size(batch) }

  /// What the closure returns.
  public func batchHash(of batch: Batch) -> UInt64? { hash(batch) }

  /// What the closure writes.
  nonisolated(nonsending) public func parameters(into row: inout GradientRow) async throws { try await theta(&row) }
}

extension AsyncGradientSource where Batch: Collection {
  /// The same for minibatches that count themselves.
  public init(
    tensors: [TensorLayout], likelihoodKind: LikelihoodKind = .unspecified,
    gradient: nonisolated(nonsending) @escaping (_ batch: Batch, _ row: inout GradientRow) async throws -> Double
  ) {
    self.init(tensors: tensors, likelihoodKind: likelihoodKind, batchSize: \.count, gradient: gradient)
  }
}
