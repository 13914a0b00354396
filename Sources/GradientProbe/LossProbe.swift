/// A model that can be evaluated away from where it is: for loss surfaces, and for checking the measure against real
/// losses.
public protocol LossProbe: Probe {
  // Said again so that the compiler finds it from the method below.
  associatedtype Batch

  /// The mean loss over `batch` [nats] at θ + δ, `displacement` δ being P numbers in the order of ``Probe/tensors``.
  ///
  /// In double precision where the model can: along short steps the loss changes in late digits.
  func loss(over batch: Batch, displacedBy displacement: Span<Float>) throws -> Double
}
