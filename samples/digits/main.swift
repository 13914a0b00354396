// Trains a convolutional network on handwritten digits by minibatch SGD, and records a checkpoint now and then:
//
//     swift run -c release digits runs/digits
//     swift run -c release inspect runs/digits
//
// How a model becomes one that can be recorded is in samples/Classifier.

import Classifier
import GradientProbe
import Networks

func train(into directory: String) throws {
  setBLASThreadCount(1)
  var generator = SplitMix64(seed: 1)
  let (training, validation) = try Digits.load().split(holdingOut: 397, using: &generator)
  var model = Classifier(
    network: Network(convolutional: Digits.image, filters: [4, 8], outputs: Digits.classCount, using: &generator))

  // The same minibatches at every checkpoint, as large as those that train: 48 of the training data, which are enough
  // factor rows for the estimate, and 24 of the data that are held out.
  let batchSize = 16
  let probes = training.minibatches(of: batchSize, using: &generator).prefix(48)
  var otherGenerator = SplitMix64(seed: 2)
  let others = validation.minibatches(of: batchSize, using: &otherGenerator).prefix(24)
  let learningRate: Float = 0.1

  var options = RecorderOptions()
  options.schedule = .steps([0, 30, 100, 300, 1_000])
  options.factors = [.exact]
  options.name = "digits, \(batchSize) a batch"
  options.configuration = [
    "learning_rate": ConfigurationValue(learningRate), "batch_size": ConfigurationValue(batchSize),
  ]
  let recorder = try Recorder(directory: directory, options: options)

  var epoch: [Examples] = []
  for step in 0...1_000 {
    if recorder.isDue(at: step) {
      let trainLoss = model.network.loss(over: training)
      let validationLoss = model.network.loss(over: validation)
      let accuracy = model.network.accuracy(over: validation)
      print("step \(step): loss \(rounded(trainLoss)), held out \(rounded(validationLoss)), right \(rounded(accuracy))")
      try recorder.capture(
        model, over: ["train": probes, "validation": others], step: step,
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
