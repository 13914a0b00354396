/// A model that can be asked for the gradient of a minibatch's mean loss: the least that a recorder needs.
///
///     extension Classifier: Probe {
///       var tensors: [TensorLayout] { [.init("weight", shape: [10, 64]), .init("bias", shape: [10])] }
///
///       func gradient(over batch: Batch, into gradient: inout GradientRow) throws -> Double {
///         let (loss, weight, bias) = lossAndGradients(batch)
///         try gradient.write(weight, to: "weight")
///         try gradient.write(bias, to: "bias")
///         return loss
///       }
///     }
///
/// ``LabelSamplingProbe`` and ``OutputProbe`` refine it for models that know more of themselves, ``LossProbe`` for
/// those that can be evaluated elsewhere.
public protocol Probe {
  /// Examples that are averaged over in one gradient.
  associatedtype Batch

  /// Every parameter tensor, in the order in which a row of P numbers holds them; the same at every capture.
  var tensors: [TensorLayout] { get }

  /// Returns the mean loss over `batch` [nats] and writes its gradient, tensor by tensor, into `gradient`.
  ///
  /// The loss is the data's alone: without weight decay or other penalties, dropout off, batch normalisation as in
  /// evaluation.
  func gradient(over batch: Batch, into gradient: inout GradientRow) throws -> Double

  /// Number of examples B in `batch`: how many the loss is the mean over. A collection counts itself.
  ///
  /// For a language model whose loss is averaged over tokens these are the tokens, not the sequences: with sequences of
  /// T tokens the Fisher of `sampled` factors comes out T times too small.
  func batchSize(of batch: Batch) -> Int

  /// A hash of the examples of `batch`, such as a ``BatchHash`` of them or of their indices in the data: the same wherever
  /// the same minibatch is recorded, in any process. By it `inspect compare` knows that two models met the same
  /// minibatches, and takes their difference minibatch by minibatch. The default is nil, and checkpoints hold none.
  func batchHash(of batch: Batch) -> UInt64?

  /// Writes θ into `row`, tensor by tensor. The default writes nothing, and checkpoints then hold no θ.
  func parameters(into row: inout GradientRow) throws

  /// The output distribution whose negative logarithm is the loss; `unspecified` unless told.
  var likelihoodKind: LikelihoodKind { get }
}

extension Probe {
  /// nil
  public func batchHash(of batch: Batch) -> UInt64? { nil }

  /// Writes nothing.
  public func parameters(into row: inout GradientRow) throws {}

  /// `unspecified`
  public var likelihoodKind: LikelihoodKind { .unspecified }
}

extension Probe where Batch: Collection {
  /// The collection's count.
  public func batchSize(of batch: Batch) -> Int { batch.count }
}
