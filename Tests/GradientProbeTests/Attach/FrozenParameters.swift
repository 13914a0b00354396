import Foundation
import GradientProbe

/// z = V·tanh(Wx) of 4 inputs, 3 hidden units and 3 classes, some of whose tensors are not trained.
struct FineTunedNetwork {
  struct Parameter {
    let name: String
    let shape: [Int]
    var values: [Float]
    var isTrainable: Bool
  }

  var parameters: [Parameter]

  init(frozen: Set<String>) {
    var generator = SplitMix64(seed: 8)
    parameters = [("body", [3, 4]), ("head", [3, 3])].map { name, shape in
      Parameter(
        name: name, shape: shape, values: (0..<(shape[0] * shape[1])).map { _ in Float(generator.normal()) },
        isTrainable: !frozen.contains(name))
    }
  }

  /// The mean loss and the gradients of all tensors.
  func lossAndGradients(over batch: [Example]) -> (loss: Double, gradients: [String: [Float]]) {
    let (body, head) = (parameters[0].values, parameters[1].values)
    var (loss, bodyGradient) = (0.0, [Float](repeating: 0, count: 12))
    var headGradient = [Float](repeating: 0, count: 9)
    for example in batch {
      let hidden = (0..<3).map { unit in tanh((0..<4).reduce(0) { $0 + body[4 * unit + $1] * example.inputs[$1] }) }
      let exponentials = (0..<3).map { c in exp((0..<3).reduce(0) { $0 + head[3 * c + $1] * hidden[$1] }) }
      let sum = exponentials.reduce(0, +)
      loss += log(Double(sum / exponentials[example.label])) / Double(batch.count)
      var back = [Float](repeating: 0, count: 3)
      for c in 0..<3 {
        let slope = (exponentials[c] / sum - (c == example.label ? 1 : 0)) / Float(batch.count)
        for unit in 0..<3 {
          headGradient[3 * c + unit] += slope * hidden[unit]
          back[unit] += slope * head[3 * c + unit]
        }
      }
      for unit in 0..<3 {
        let slope = back[unit] * (1 - hidden[unit] * hidden[unit])
        for input in 0..<4 { bodyGradient[4 * unit + input] += slope * example.inputs[input] }
      }
    }
    return (loss, ["body": bodyGradient, "head": headGradient])
  }
}

extension FineTunedNetwork: Probe {
  var tensors: [TensorLayout] {
    parameters.filter(\.isTrainable).map { TensorLayout($0.name, shape: $0.shape) }
  }

  func gradient(over batch: [Example], into row: inout GradientRow) throws -> Double {
    let (loss, gradients) = lossAndGradients(over: batch)
    for tensor in tensors { try row.write(gradients[tensor.name]!, to: tensor.name) }
    return loss
  }
}
