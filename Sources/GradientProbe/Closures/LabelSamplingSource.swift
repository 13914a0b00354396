/// A ``LabelSamplingProbe`` made of closures: a ``GradientSource`` that can redraw a minibatch's labels.
///
///     let source = LabelSamplingSource(gradients) { batch, draws, generator, add in
///       let logits = model.forward(batch)  // once for all draws
///       for _ in 0..<draws {
///         let labels = generator.drawClasses(logits: logits, count: 10)
///         try add { try $0.append(contentsOf: model.backward(batch, labels)) }
///       }
///     }
public struct LabelSamplingSource<Batch>: LabelSamplingProbe {
  private let source: GradientSource<Batch>
  private let draw: (Batch, Int, inout SplitMix64, ((inout GradientRow) throws -> Void) throws -> Void) throws -> Void

  /// `source` with `sampledGradients`, which calls `add` once a draw, as
  /// ``LabelSamplingProbe/sampledGradients(over:draws:using:add:)`` does.
  public init(
    _ source: GradientSource<Batch>,
    sampledGradients:
      @escaping (
        _ batch: Batch, _ draws: Int, _ generator: inout SplitMix64,
        _ add: ((inout GradientRow) throws -> Void) throws -> Void
      ) throws -> Void
  ) {
    self.source = source
    draw = sampledGradients
  }

  /// Those of the source.
  public var tensors: [TensorLayout] { source.tensors }
  /// That of the source.
  public var likelihoodKind: LikelihoodKind { source.likelihoodKind }

  /// That of the source.
  public func gradient(over batch: Batch, into gradient: inout GradientRow) throws -> Double {
    try source.gradient(over: batch, into: &gradient)
  }

  /// That of the source.
  public func batchSize(of batch: Batch) -> Int { source.batchSize(of: batch) }

  /// That of the source.
  public func batchHash(of batch: Batch) -> UInt64? { source.batchHash(of: batch) }

  /// Those of the source.
  public func parameters(into row: inout GradientRow) throws { try source.parameters(into: &row) }

  /// One draw of the closure.
  public func sampledGradient(
    over batch: Batch, using generator: inout SplitMix64, into gradient: inout GradientRow
  ) throws {
    try draw(batch, 1, &generator) { fill in try fill(&gradient) }
  }

  /// The closure's draws.
  public func sampledGradients(
    over batch: Batch, draws: Int, using generator: inout SplitMix64,
    add: ((inout GradientRow) throws -> Void) throws -> Void
  ) throws { try draw(batch, draws, &generator, add) }
}
