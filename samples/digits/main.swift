// Trains a convolutional network on handwritten digits by minibatch SGD, and records a checkpoint at log-spaced steps:
//
//     swift run -c release digits runs/digits
//     swift run -c release inspect runs/digits

import GradientProbe
import Networks

/// A network whose outputs are the logits of the ten digits.
struct Classifier {
  var network: Network<Float>
}

/// What the recorder needs to know: outputs, the way back to the parameters, and which labels were right.
extension Classifier: OutputProbe {
  var tensors: [TensorLayout] { network.tensors.map { TensorLayout($0.name, shape: $0.shape) } }
  var likelihood: Likelihood { .categorical(classes: Digits.classCount) }

  func batchSize(of batch: Examples) -> Int { batch.count }

  func targets(of batch: Examples) -> Targets { .classes(batch.labels) }

  func outputs(over batch: Examples) -> Outputs {
    let pass = network.forward(batch.inputs)
    return Outputs(
      pass.outputs,
      examplePullback: { example, cotangent, row in
        try row.writeAll(network.pullback(cotangent, through: pass[example]))
      },
      pullback: { cotangent, row in
        try row.writeAll(network.pullback(cotangent, through: pass))
      })
  }

  func parameters(into row: inout GradientRow) throws { try row.writeAll(network.parameters) }
}

func train(into directory: String) throws {
  setBLASThreadCount(1)
  var generator = SplitMix64(seed: 1)
  let (training, validation) = try Digits.load().split(holdingOut: 397, using: &generator)
  var model = Classifier(
    network: Network(convolutional: Digits.image, filters: [4, 8], outputs: Digits.classCount, using: &generator))

  // The same 48 minibatches at every checkpoint, as large as those that train: enough factor rows for the estimate.
  let batchSize = 16
  let probes = training.minibatches(of: batchSize, using: &generator).prefix(48)
  let learningRate: Float = 0.1

  var options = RecorderOptions()
  options.schedule = .logarithmic(perDecade: 2)
  options.factors = [.exact]
  let recorder = try Recorder(directory: directory, options: options)

  var epoch: [Examples] = []
  for step in 0...1_000 {
    if recorder.isDue(at: step) {
      let trainLoss = model.network.loss(over: training)
      let validationLoss = model.network.loss(over: validation)
      let accuracy = model.network.accuracy(over: validation)
      print("step \(step): loss \(rounded(trainLoss)), held out \(rounded(validationLoss)), right \(rounded(accuracy))")
      try recorder.capture(
        model, over: probes, step: step,
        metrics: [
          "train_loss": trainLoss, "validation_loss": validationLoss, "validation_accuracy": accuracy,
          "generalization_gap": validationLoss - trainLoss, "learning_rate": Double(learningRate),
        ])
    }
    if epoch.isEmpty { epoch = training.minibatches(of: batchSize, using: &generator) }
    model.network.update(on: epoch.removeLast(), learningRate: learningRate)
  }
  try recorder.finish()
  print("recorded in \(directory); next: swift run -c release inspect \(directory)")
}

/// Three digits after the point.
func rounded(_ value: Double) -> Double { (value * 1_000).rounded() / 1_000 }

runSample { arguments in try train(into: arguments.first ?? "runs/digits") }
