// Trains a convolutional network on handwritten digits from three sources, one of which has its labels shuffled and one
// its images turned, and records minibatches of each. The audit names the source that pulls against the others:
//
//     swift run -c release sources runs/sources
//     swift run -c release inspect runs/sources --fisher-group all

import Classifier
import GradientProbe
import Networks

/// Where the digits come from.
struct Source {
  let name: String
  let examples: Examples
}

/// A third of the digits each: as they are, turned by a right angle, and with labels shuffled among them.
func sources(using generator: inout SplitMix64) throws -> [Source] {
  let digits = try Digits.load()
  let order = Array(0..<digits.count).shuffled(using: &generator)
  let part = digits.count / 3
  let thirds = (0..<3).map { digits[order[($0 * part)..<(($0 + 1) * part)]] }
  return [
    Source(name: "clean", examples: thirds[0]), Source(name: "turned", examples: turned(thirds[1])),
    Source(name: "shuffled", examples: thirds[2].shufflingLabels(share: 1, using: &generator)),
  ]
}

/// The same digits lying on their sides.
func turned(_ digits: Examples) -> Examples {
  let (height, width) = (Digits.image.height, Digits.image.width)
  var inputs = digits.inputs
  for example in 0..<digits.count {
    let first = example * height * width
    for row in 0..<height {
      for column in 0..<width {
        inputs[first + column * height + (height - 1 - row)] = digits.inputs[first + row * width + column]
      }
    }
  }
  return Examples(inputs: inputs, labels: digits.labels)
}

func train(into directory: String) throws {
  setBLASThreadCount(1)
  var generator = SplitMix64(seed: 3)
  let sources = try sources(using: &generator)
  let all = Examples(inputs: sources.flatMap(\.examples.inputs), labels: sources.flatMap(\.examples.labels))
  var model = Classifier(
    network: Network(convolutional: Digits.image, filters: [4, 8], outputs: Digits.classCount, using: &generator))

  // The same minibatches of each source at every checkpoint, as large as those that train on all of them.
  let batchSize = 16
  let probes = sources.map { $0.examples.minibatches(of: batchSize, using: &generator).prefix(24) }
  var options = RecorderOptions()
  options.schedule = .steps([100, 300, 1_000, 3_000])
  options.factors = [.exact]
  // Data of every source decide how long a step is: what one source hardly uses would cost nothing otherwise.
  options.factorGroups = Set(sources.map(\.name))
  options.factorExamples = 8
  let recorder = try Recorder(directory: directory, options: options)

  var epoch: [Examples] = []
  for step in 0...3_000 {
    if recorder.isDue(at: step) {
      let losses = sources.map { "\($0.name) \((model.network.loss(over: $0.examples) * 1_000).rounded() / 1_000)" }
      print("step \(step): loss \(losses.joined(separator: ", "))")
      try recorder.capture(
        model, over: [sources[0].name: probes[0], sources[1].name: probes[1], sources[2].name: probes[2]], step: step,
        metrics: ["train_loss": model.network.loss(over: all)])
    }
    if epoch.isEmpty { epoch = all.minibatches(of: batchSize, using: &generator) }
    model.network.update(on: epoch.removeLast(), learningRate: 0.1)
  }
  try recorder.finish()
  print("recorded in \(directory); next: swift run -c release inspect \(directory) --fisher-group all")
}

runSample { arguments in try train(into: arguments.first ?? "runs/sources") }
