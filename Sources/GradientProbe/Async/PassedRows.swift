/// The rows of one minibatch that an ``AsyncProbe`` has made, to be recorded as any other's.
final class PassedRows {
  /// θ; nil where the model offers none.
  var parameters: [Float]?
  /// Loss and gradient, and a second time where repeated.
  var gradients: [(loss: Double, numbers: [Float])] = []
  /// Gradients for drawn labels.
  var samples: [[Float]] = []

  /// The probe that hands them over in place of `model`.
  func source<Model: AsyncProbe>(of model: Model) -> GradientSource<Model.Batch> {
    GradientSource(
      tensors: model.tensors, likelihoodKind: model.likelihoodKind, batchSize: model.batchSize(of:),
      batchHash: model.batchHash(of:),
      parameters: { if let parameters = self.parameters { try $0.writeAll(parameters) } }
    ) { _, row in
      let (loss, numbers) = self.gradients.removeFirst()
      try row.writeAll(numbers)
      return loss
    }
  }

  /// The same for a model that can draw labels.
  func samplingSource<Model: AsyncProbe>(of model: Model) -> LabelSamplingSource<Model.Batch> {
    LabelSamplingSource(source(of: model)) { _, _, _, add in
      for numbers in self.samples { try add { try $0.writeAll(numbers) } }
    }
  }
}
