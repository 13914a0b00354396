import Classifier
import GradientProbe
import Networks

/// A model at one θ with minibatches, to be recorded again and again.
struct Population {
  let name: String
  let record: (Recorder) throws -> Void
  /// Number of its parameters.
  let parameterCount: Int

  init<Model: Probe>(_ name: String, _ model: Model, over batches: [Model.Batch]) {
    self.name = name
    record = { try $0.capture(model, over: batches, step: 0) }
    parameterCount = model.tensors.reduce(0) { $0 + $1.count }
  }
}

extension Population {
  static let minibatchCount = 48

  static var all: [() throws -> Population] { [directions, digits, convolution, transformer] }

  /// Rows of forty strong directions and noise, with scales that differ from parameter to parameter and tensor to tensor.
  static func directions() -> Population {
    var generator = SplitMix64(seed: 1)
    let counts = [40_000, 6_000, 300, 12_000, 64]
    let total = counts.reduce(0, +)
    let directions = (0..<40).map { index in
      (0..<total).map { _ in Float(generator.normal() * 3 / Double(1 + index).squareRoot()) }
    }
    let scales = counts.enumerated().flatMap { tensor, count in
      (0..<count).map { _ in Float([1, 30, 0.01, 4, 1][tensor]) * Float(0.2 + generator.uniform()) }
    }
    func row(_ noise: Float, _ generator: inout SplitMix64) -> [Float] {
      var row = (0..<total).map { _ in Float(generator.normal()) }
      for direction in directions {
        let size = Float(generator.normal())
        for index in row.indices { row[index] += size * direction[index] }
      }
      for index in row.indices { row[index] *= noise * scales[index] }
      return row
    }
    let common = row(0.1, &generator)
    let source = GradientSource<UInt64>(
      tensors: counts.enumerated().map { TensorLayout("tensor\($0)", shape: [$1]) }, batchSize: { _ in 16 }
    ) { seed, gradient in
      var generator = SplitMix64(seed: seed)
      let own = row(0.25, &generator)
      try gradient.writeAll(own.indices.map { own[$0] + common[$0] })
      return 1
    }
    return Population(
      "directions and noise",
      LabelSamplingSource(source) { _, draws, generator, add in
        for _ in 0..<draws {
          let own = row(0.25, &generator)
          try add { try $0.writeAll(own) }
        }
      },
      over: (0..<UInt64(minibatchCount)).map { 1_000 + $0 })
  }

  /// A dense network on the handwritten digits, half trained.
  static func digits() throws -> Population {
    var generator = SplitMix64(seed: 2)
    let network = Network<Float>(dense: [64, 96, 10], using: &generator)
    return try trained("digits, dense", network, &generator)
  }

  /// A convolutional one.
  static func convolution() throws -> Population {
    var generator = SplitMix64(seed: 3)
    let network = Network<Float>(
      convolutional: Digits.image, filters: [16, 48], outputs: Digits.classCount, using: &generator)
    return try trained("digits, convolutional", network, &generator)
  }

  private static func trained(
    _ name: String, _ network: Network<Float>, _ generator: inout SplitMix64
  ) throws -> Population {
    var model = Classifier(network: network)
    let examples = try Digits.load()
    for _ in 0..<2 {
      for batch in examples.minibatches(of: 32, using: &generator) {
        model.network.update(on: batch, learningRate: 0.1)
      }
    }
    return Population(
      name, model, over: Array(examples.minibatches(of: 32, using: &generator).prefix(minibatchCount)))
  }

  /// A transformer on sentences of a small language.
  static func transformer() throws -> Population {
    var generator = SplitMix64(seed: 4)
    var model = Transformer<Float>(
      vocabulary: 24, length: 16, width: 32, headCount: 4, layerCount: 2, using: &generator)
    let language = Language(tokens: 24, using: &generator)
    for _ in 0..<150 {
      let (_, gradient) = model.lossAndGradient(over: language.sentences(16, length: 17, using: &generator))
      for index in gradient.indices { model.parameters[index] -= 0.3 * gradient[index] }
    }
    return Population(
      "transformer", Speaker(model: model),
      over: (0..<minibatchCount).map { _ in language.sentences(8, length: 17, using: &generator) })
  }
}
