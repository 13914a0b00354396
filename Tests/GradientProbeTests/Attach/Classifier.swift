import Foundation
import GradientProbe

/// An example of the article's models.
struct Example: Sendable {
  var inputs: [Float]
  var label: Int
  /// Its place in the data.
  var index = 0
}

extension [Example] {
  /// `count` examples of `inputCount` normal inputs.
  static func random(_ count: Int, inputs inputCount: Int, classes: Int, seed: UInt64) -> [Example] {
    var generator = SplitMix64(seed: seed)
    return (0..<count).map { index in
      Example(
        inputs: (0..<inputCount).map { _ in Float(generator.normal()) },
        label: Int.random(in: 0..<classes, using: &generator), index: index)
    }
  }
}

/// Softmax regression of 10 classes on 64 inputs, its gradient written out by hand: what the article calls a classifier.
struct Classifier: Sendable {
  var weight: [Float]
  var bias: [Float]

  init() {
    var generator = SplitMix64(seed: 3)
    weight = (0..<640).map { _ in 0.2 * Float(generator.normal()) }
    bias = (0..<10).map { _ in 0.2 * Float(generator.normal()) }
  }

  func logits(of example: Example) -> [Float] {
    (0..<10).map { c in (0..<64).reduce(bias[c]) { $0 + weight[c * 64 + $1] * example.inputs[$1] } }
  }

  func probabilities(of example: Example) -> [Float] {
    let exponentials = logits(of: example).map { exp($0) }
    return exponentials.map { $0 / exponentials.reduce(0, +) }
  }

  /// Of the mean loss.
  func lossAndGradients(over batch: [Example]) -> (loss: Double, weight: [Float], bias: [Float]) {
    var (loss, weight, bias) = (0.0, [Float](repeating: 0, count: 640), [Float](repeating: 0, count: 10))
    for example in batch {
      let probabilities = probabilities(of: example)
      loss -= log(Double(probabilities[example.label])) / Double(batch.count)
      for c in 0..<10 {
        let slope = (probabilities[c] - (c == example.label ? 1 : 0)) / Float(batch.count)
        bias[c] += slope
        for input in 0..<64 { weight[c * 64 + input] += slope * example.inputs[input] }
      }
    }
    return (loss, weight, bias)
  }

  mutating func update(on batch: [Example]) {
    let (_, weight, bias) = lossAndGradients(over: batch)
    for index in weight.indices { self.weight[index] -= 0.1 * weight[index] }
    for index in bias.indices { self.bias[index] -= 0.1 * bias[index] }
  }
}

/// A class drawn from `probabilities`.
func draw(from probabilities: [Float], using generator: inout SplitMix64) -> Int {
  generator.drawClasses(probabilities: probabilities, count: probabilities.count)[0]
}
