/// The rows of one minibatch that an ``AsyncProbe`` has made, to be recorded as any other's.
final class PassedRows<Batch> {
  let tensors: [TensorLayout]
  let likelihoodKind: LikelihoodKind
  let size: (Batch) -> Int
  /// θ; nil where the model offers none.
  var parameters: [Float]?
  /// Loss and gradient, and a second time where repeated.
  var gradients: [(loss: Double, numbers: [Float])] = []
  var samples: [[Float]] = []

  init(tensors: [TensorLayout], likelihoodKind: LikelihoodKind, size: @escaping (Batch) -> Int) {
    self.tensors = tensors
    self.likelihoodKind = likelihoodKind
    self.size = size
  }
}

/// Gradients that have been made.
struct PassedGradients<Batch>: Probe {
  let rows: PassedRows<Batch>

  var tensors: [TensorLayout] { rows.tensors }
  var likelihoodKind: LikelihoodKind { rows.likelihoodKind }
  func batchSize(of batch: Batch) -> Int { rows.size(batch) }

  func gradient(over batch: Batch, into gradient: inout GradientRow) throws -> Double {
    let (loss, numbers) = rows.gradients.removeFirst()
    try gradient.writeAll(numbers)
    return loss
  }

  func parameters(into row: inout GradientRow) throws {
    if let parameters = rows.parameters { try row.writeAll(parameters) }
  }
}

/// Gradients and draws of labels that have been made.
struct PassedSamples<Batch>: LabelSamplingProbe {
  let gradients: PassedGradients<Batch>

  var tensors: [TensorLayout] { gradients.tensors }
  var likelihoodKind: LikelihoodKind { gradients.likelihoodKind }
  func batchSize(of batch: Batch) -> Int { gradients.batchSize(of: batch) }

  func gradient(over batch: Batch, into gradient: inout GradientRow) throws -> Double {
    try gradients.gradient(over: batch, into: &gradient)
  }

  func parameters(into row: inout GradientRow) throws { try gradients.parameters(into: &row) }

  func sampledGradient(
    over batch: Batch, using generator: inout SplitMix64, into gradient: inout GradientRow
  ) throws { try gradient.writeAll(gradients.rows.samples.removeFirst()) }
}
