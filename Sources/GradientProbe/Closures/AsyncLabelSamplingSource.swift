/// An ``AsyncLabelSamplingProbe`` made of closures: an ``AsyncGradientSource`` that can redraw a minibatch's labels.
///
///     let source = AsyncLabelSamplingSource(gradients) { batch, generator, row in
///       let labels = generator.drawClasses(logits: await model.forward(batch), count: 10)
///       try row.append(contentsOf: await model.backward(batch, labels))
///     }
public struct AsyncLabelSamplingSource<Batch>: AsyncLabelSamplingProbe {
  private let source: AsyncGradientSource<Batch>
  private let draw: nonisolated(nonsending) (Batch, inout SplitMix64, inout GradientRow) async throws -> Void

  /// `source` with `sampledGradient`, which writes the gradient of the mean loss for labels drawn anew, as
  /// ``AsyncLabelSamplingProbe/sampledGradient(over:using:into:)`` does.
  public init(
    _ source: AsyncGradientSource<Batch>,
    sampledGradient:
      nonisolated(nonsending) @escaping (
        _ batch: Batch, _ generator: inout SplitMix64, _ row: inout GradientRow
      ) async throws -> Void
  ) {
    self.source = source
    draw = sampledGradient
  }

  /// Those of the source.
  public var tensors: [TensorLayout] { source.tensors }
  /// That of the source.
  public var likelihoodKind: LikelihoodKind { source.likelihoodKind }

  /// That of the source.
  nonisolated(nonsending)
    public func gradient(over batch: Batch, into gradient: inout GradientRow) async throws -> Double
  { try await source.gradient(over: batch, into: &gradient) }

  /// That of the source.
  public func batchSize(of batch: Batch) -> Int { source.batchSize(of: batch) }

  /// That of the source.
  public func batchHash(of batch: Batch) -> UInt64? { source.batchHash(of: batch) }

  /// Those of the source.
  nonisolated(nonsending) public func parameters(into row: inout GradientRow) async throws {
    try await source.parameters(into: &row)
  }

  /// What the closure writes.
  nonisolated(nonsending)
    public func sampledGradient(
      over batch: Batch, using generator: inout SplitMix64, into gradient: inout GradientRow
    ) async throws
  { try await draw(batch, &generator, &gradient) }
}
