import Foundation
import Testing

@testable import GradientProbe

/// What the article's models should record, in double, from the definitions.
enum Reference {
  /// θ's derivatives of `f` by central differences, in double.
  static func differences(_ theta: [Double], _ f: ([Double]) -> Double) -> [Double] {
    theta.indices.map { index in
      var (up, down) = (theta, theta)
      up[index] += 1e-5
      down[index] -= 1e-5
      return (f(up) - f(down)) / 2e-5
    }
  }

  /// The negative logarithm of the share of `label` in the softmax of `logits`.
  static func crossEntropy(_ logits: [Double], _ label: Int) -> Double {
    log(logits.reduce(0) { $0 + exp($1) }) - logits[label]
  }

  /// The mean loss of a classifier of parameters `theta`, 640 weights and 10 biases, from its definition.
  static func classifierLoss(_ theta: [Double], _ batch: [Example]) -> Double {
    batch.reduce(0) { sum, example in
      let logits = (0..<10).map { c in
        example.inputs.enumerated().reduce(theta[640 + c]) { $0 + theta[c * 64 + $1.offset] * Double($1.element) }
      }
      return sum + crossEntropy(logits, example.label)
    } / Double(batch.count)
  }

  /// Examples of the classifier, in minibatches that are not of one size.
  static let probes = [3, 4, 2].enumerated().map {
    [Example].random($1, inputs: 64, classes: 10, seed: UInt64($0))
  }
  /// The derivatives of their mean losses.
  static let derivatives = probes.map(Classifier().derivative)
}

extension Classifier {
  var theta: [Double] { (weight + bias).map { Double($0) } }
  func derivative(_ batch: [Example]) -> [Double] {
    Reference.differences(theta) { Reference.classifierLoss($0, batch) }
  }

  /// Mean over `batch` and its labels y ~ p of ‖∇log p(y)‖²: the trace of the Fisher matrix.
  func fisherTrace(_ batch: [Example]) -> Double {
    batch.reduce(0) { sum, example in
      // The gradient of −log p_y by logits is p − e_y, that by weights its outer product with the inputs.
      let square = example.inputs.reduce(1.0) { $0 + Double($1) * Double($1) }
      let p = probabilities(of: example).map { Double($0) }
      return sum + square * (1 - p.reduce(0) { $0 + $1 * $1 })
    } / Double(batch.count)
  }
}

func wide(_ row: [Float]) -> [Double] { row.map { Double($0) } }

/// What the checkpoint of a capture of `model` holds.
func rows<Model: Probe>(
  _ model: Model, _ batches: [Model.Batch], in directory: String, _ change: (inout RecorderOptions) -> Void = { _ in }
) throws -> Rows {
  let recorder = try Recorder(directory: directory, options: options(change))
  try recorder.capture(model, over: batches, step: 0)
  try recorder.finish()
  return try Rows(directory + "/step-00000000.h5")
}

/// Expects the gradients of `found` to be the rows of `reference`.
func expect(
  _ found: Rows, _ reference: [[Double]], within tolerance: Double = 1e-4,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  #expect(found.gradients.count == reference.count, sourceLocation: sourceLocation)
  for (row, expected) in zip(found.gradients, reference) {
    #expect(relativeDifference(wide(row), expected) < tolerance, sourceLocation: sourceLocation)
  }
}
