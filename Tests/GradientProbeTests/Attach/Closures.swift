import GradientProbe

/// A model of another package: it conforms to nothing, and its gradients are arrays, tensor by tensor.
struct ForeignClassifier: Sendable {
  private let own = Classifier()

  func logits(_ batch: [Example]) -> [Float] { batch.flatMap(own.logits) }

  func lossAndGradients(over batch: [Example]) -> (Double, [[Float]]) {
    let (loss, weight, bias) = own.lossAndGradients(over: batch)
    return (loss, [weight, bias])
  }

  func gradients(over batch: [Example], labels: [Int]) -> [[Float]] {
    var relabelled = batch
    for (index, label) in labels.enumerated() { relabelled[index].label = label }
    return lossAndGradients(over: relabelled).1
  }
}

/// The same behind an actor.
actor AwaitedClassifier {
  private let own = ForeignClassifier()

  func logits(_ batch: [Example]) -> [Float] { own.logits(batch) }
  func lossAndGradients(over batch: [Example]) -> (Double, [[Float]]) { own.lossAndGradients(over: batch) }
  func gradients(over batch: [Example], labels: [Int]) -> [[Float]] { own.gradients(over: batch, labels: labels) }
}

func recordByClosures(_ model: ForeignClassifier, over probes: [[Example]], step: Int, with recorder: Recorder) throws {
  let source = GradientSource(tensors: [.init("weight", shape: [10, 64]), .init("bias", shape: [10])]) {
    (batch: [Example], row) in
    let (loss, gradients) = model.lossAndGradients(over: batch)  // [[Float]], tensor by tensor
    try row.append(contentsOf: gradients)
    return loss
  }
  try recorder.capture(source, over: probes, step: step)

  let sampling = LabelSamplingSource(source) { batch, draws, generator, add in
    let logits = model.logits(batch)
    for _ in 0..<draws {
      let labels = generator.drawClasses(logits: logits, count: 10)
      try add { try $0.append(contentsOf: model.gradients(over: batch, labels: labels)) }
    }
  }
  try recorder.capture(sampling, over: probes, step: step + 1)
}

func recordByAwaitedClosures(
  _ model: AwaitedClassifier, over probes: [[Example]], step: Int, with recorder: Recorder
) async throws {
  let source = AsyncGradientSource(tensors: [.init("weight", shape: [10, 64]), .init("bias", shape: [10])]) {
    (batch: [Example], row) in
    let (loss, gradients) = await model.lossAndGradients(over: batch)
    try row.append(contentsOf: gradients)
    return loss
  }
  let sampling = AsyncLabelSamplingSource(source) { batch, generator, row in
    let labels = generator.drawClasses(logits: await model.logits(batch), count: 10)
    try row.append(contentsOf: await model.gradients(over: batch, labels: labels))
  }
  try await recorder.capture(sampling, over: probes, step: step)
}
