import GradientProbe

extension Classifier: Probe {
  var tensors: [TensorLayout] { [.init("weight", shape: [10, 64]), .init("bias", shape: [10])] }

  func gradient(over batch: [Example], into gradient: inout GradientRow) throws -> Double {
    let (loss, weight, bias) = lossAndGradients(over: batch)
    try gradient.write(weight, to: "weight")
    try gradient.write(bias, to: "bias")
    return loss
  }
}

/// The article's training loop.
func train(
  _ model: inout Classifier, on nextBatch: () -> [Example], probes: [[Example]], into directory: String
) throws -> String {
  let recorder = try Recorder(in: directory)  // each run gets a new directory below: recorder.directory
  for step in 0..<2_000 {
    if recorder.isDue(at: step, last: 1_999) { try recorder.capture(model, over: probes, step: step) }
    model.update(on: nextBatch())
  }
  try recorder.finish()
  return recorder.directory
}

extension Classifier: LabelSamplingProbe {
  func sampledGradient(
    over batch: [Example], using generator: inout SplitMix64, into gradient: inout GradientRow
  ) throws {
    var drawn = batch
    for index in drawn.indices { drawn[index].label = draw(from: probabilities(of: drawn[index]), using: &generator) }
    _ = try self.gradient(over: drawn, into: &gradient)
  }
}

extension Classifier {
  func batchHash(of batch: [Example]) -> UInt64? {
    let indices = batch.map(\.index)
    var hash = BatchHash()
    hash.add(indices.span)
    return hash.value
  }
}
