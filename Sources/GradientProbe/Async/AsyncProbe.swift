/// A model whose passes are asynchronous, as ``Probe`` is for those whose are not: `Recorder.capture(_:over:step:metrics:)`
/// awaits them, a minibatch after another, where the caller runs.
public protocol AsyncProbe {
  /// Examples that are averaged over in one gradient.
  associatedtype Batch

  /// Every parameter tensor, as in ``Probe/tensors``.
  var tensors: [TensorLayout] { get }

  /// Returns the mean loss over `batch` [nats] and writes its gradient, as ``Probe/gradient(over:into:)`` does.
  nonisolated(nonsending)
    func gradient(over batch: Batch, into gradient: inout GradientRow) async throws -> Double

  /// Number of examples B in `batch`, as in ``Probe/batchSize(of:)``. A collection counts itself.
  func batchSize(of batch: Batch) -> Int

  /// A hash of the examples of `batch`, as in ``Probe/batchHash(of:)``; nil unless told.
  func batchHash(of batch: Batch) -> UInt64?

  /// Writes θ into `row`, as ``Probe/parameters(into:)`` does; nothing unless told.
  nonisolated(nonsending) func parameters(into row: inout GradientRow) async throws

  /// The output distribution whose negative logarithm is the loss; `unspecified` unless told.
  var likelihoodKind: LikelihoodKind { get }
}

extension AsyncProbe {
  /// nil
  public func batchHash(of batch: Batch) -> UInt64? { nil }

  /// Writes nothing.
  nonisolated(nonsending) public func parameters(into row: inout GradientRow) async throws {}

  /// `unspecified`
  public var likelihoodKind: LikelihoodKind { .unspecified }
}

extension AsyncProbe where Batch: Collection {
  /// The collection's count.
  public func batchSize(of batch: Batch) -> Int { batch.count }
}

/// An ``AsyncProbe`` that can redraw a minibatch's labels from its own prediction, as ``LabelSamplingProbe`` can.
public protocol AsyncLabelSamplingProbe: AsyncProbe {
  // Said again so that the compiler finds it from the method below.
  associatedtype Batch

  /// Writes the gradient of the mean loss over `batch` with every label drawn from the model's predictive distribution, as
  /// ``LabelSamplingProbe/sampledGradient(over:using:into:)`` does.
  nonisolated(nonsending)
    func sampledGradient(
      over batch: Batch, using generator: inout SplitMix64, into gradient: inout GradientRow
    ) async throws
}
