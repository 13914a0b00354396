/// An ``OutputProbe`` made of closures: outputs with their pullback, from which the recorder makes losses, gradients and all
/// kinds of factors.
///
///     let source = OutputSource(
///       tensors: tensors, likelihood: .categorical(classes: 10), batchSize: \.count,
///       targets: { (batch: [Example]) in .classes(batch.map(\.label)) }
///     ) { batch in
///       let (logits, backward) = model.forward(batch)
///       return .init(logits) { cotangent, row in try row.append(contentsOf: backward(cotangent)) }
///     }
public struct OutputSource<Batch>: OutputProbe {
  /// Every parameter tensor, in the order in which a row holds them.
  public let tensors: [TensorLayout]
  /// The output distribution and its number of outputs.
  public let likelihood: Likelihood
  private let size: (Batch) -> Int
  private let hash: (Batch) -> UInt64?
  private let theta: (inout GradientRow) throws -> Void
  private let wanted: (Batch) throws -> Targets
  private let forward: (Batch) throws -> Outputs

  /// The probe of `outputs`, [B, C] with their pullback, and of `targets`; `parameters` writes θ, or nothing.
  public init(
    tensors: [TensorLayout], likelihood: Likelihood, batchSize: @escaping (Batch) -> Int,
    batchHash: @escaping (Batch) -> UInt64? = { _ in nil },
    parameters: @escaping (inout GradientRow) throws -> Void = { _ in },
    targets: @escaping (Batch) throws -> Targets, outputs: @escaping (Batch) throws -> Outputs
  ) {
    self.tensors = tensors
    self.likelihood = likelihood
    size = batchSize
    hash = batchHash
    theta = parameters
    wanted = targets
    forward = outputs
  }

  /// What the closure returns.
  public func batchSize(of batch: Batch) -> Int { size(batch) }

  /// What the closure returns.
  public func batchHash(of batch: Batch) -> UInt64? { hash(batch) }

  /// What the closure writes.
  public func parameters(into row: inout GradientRow) throws { try theta(&row) }

  /// What the closure returns.
  public func targets(of batch: Batch) throws -> Targets { try wanted(batch) }

  /// What the closure returns.
  public func outputs(over batch: Batch) throws -> Outputs { try forward(batch) }
}
