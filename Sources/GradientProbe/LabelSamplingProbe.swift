/// A model that can redraw a minibatch's labels from its own prediction: enough for the `sampled` Fisher, at one
/// ordinary backward pass a row.
///
/// Only the labels differ from ``Probe/gradient(over:into:)``: the recorder scales the gradient by √B, after which rows
/// have the Fisher as their mean outer product. B is ``Probe/batchSize(of:)``, which counts what the loss is the mean
/// over: tokens, not sequences, in most language models.
public protocol LabelSamplingProbe: Probe {
  // Said again so that the compiler finds it from the method below.
  associatedtype Batch

  /// Writes the gradient of the mean loss over `batch` with every label drawn from the model's predictive distribution.
  ///
  /// All randomness comes from `generator`, so that a run repeats bit for bit.
  func sampledGradient(
    over batch: Batch, using generator: inout SplitMix64, into gradient: inout GradientRow) throws

  /// Calls `add` once for each of `draws` draws of labels, with a closure that writes that draw's gradient. The default asks
  /// for ``sampledGradient(over:using:into:)`` each time; a model whose forward pass serves all draws does better.
  func sampledGradients(
    over batch: Batch, draws: Int, using generator: inout SplitMix64,
    add: ((inout GradientRow) throws -> Void) throws -> Void) throws
}

extension LabelSamplingProbe {
  /// Draws one by one.
  public func sampledGradients(
    over batch: Batch, draws: Int, using generator: inout SplitMix64,
    add: ((inout GradientRow) throws -> Void) throws -> Void
  ) throws {
    for _ in 0..<draws {
      try add { row in try sampledGradient(over: batch, using: &generator, into: &row) }
    }
  }
}
