import Foundation
import GradientProbe

/// A classifier whose passes are in half precision; the weights that are trained are single.
struct HalfPrecisionClassifier {
  let single = Classifier()
  /// What the loss is multiplied by, so that small gradients don't vanish in 16 bits.
  var lossScale: Float

  /// The mean loss, and the gradients of `lossScale` times it.
  func scaledPass(over batch: [Example]) -> (loss: Double, gradients: [[Float16]]) {
    let (weight, bias) = (single.weight.map { Float16($0) }, single.bias.map { Float16($0) })
    var loss = 0.0
    var gradients = [[Float16](repeating: 0, count: 640), [Float16](repeating: 0, count: 10)]
    for example in batch {
      let inputs = example.inputs.map { Float16($0) }
      let logits = (0..<10).map { c in (0..<64).reduce(bias[c]) { $0 + weight[c * 64 + $1] * inputs[$1] } }
      let exponentials = logits.map { exp(Float($0 - logits.max()!)) }
      let probabilities = exponentials.map { $0 / exponentials.reduce(0, +) }
      loss -= log(Double(probabilities[example.label])) / Double(batch.count)
      for c in 0..<10 {
        let slope = Float16(lossScale * (probabilities[c] - (c == example.label ? 1 : 0)) / Float(batch.count))
        gradients[1][c] += slope
        for input in 0..<64 { gradients[0][c * 64 + input] += slope * inputs[input] }
      }
    }
    return (loss, gradients)
  }
}

extension HalfPrecisionClassifier: Probe {
  var tensors: [TensorLayout] { [.init("weight", shape: [10, 64]), .init("bias", shape: [10])] }

  func gradient(over batch: [Example], into row: inout GradientRow) throws -> Double {
    let (loss, scaled) = scaledPass(over: batch)  // [[Float16]], gradients of lossScale · loss
    try row.append(contentsOf: scaled.map { $0.map { Float($0) / lossScale } })  // widened, then divided
    return loss
  }
}

func halfPrecisionRecorder(_ directory: String) throws -> Recorder {
  var options = RecorderOptions()
  options.nonFinite = .leaveOut
  let recorder = try Recorder(in: directory, options: options)
  return recorder
}
