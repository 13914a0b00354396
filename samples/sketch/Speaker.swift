import GradientProbe
import Networks

/// A transformer as a recorder sees it: its examples are tokens, and labels are drawn from its own prediction, in one forward
/// pass for all draws of a minibatch.
struct Speaker: LabelSamplingProbe {
  let model: Transformer<Float>

  var tensors: [TensorLayout] { model.tensors }
  var likelihoodKind: LikelihoodKind { .categorical }

  /// The loss is a mean over tokens.
  func batchSize(of batch: [[Int]]) -> Int { batch.reduce(0) { $0 + $1.count - 1 } }

  func gradient(over batch: [[Int]], into row: inout GradientRow) throws -> Double {
    let (loss, gradient) = model.lossAndGradient(over: batch)
    try row.writeAll(gradient)
    return loss
  }

  func sampledGradients(
    over batch: [[Int]], draws: Int, using generator: inout SplitMix64,
    add: ((inout GradientRow) throws -> Void) throws -> Void
  ) throws {
    let pass = model.forward(batch.map { Array($0.dropLast()) })
    for _ in 0..<draws {
      let labels = generator.drawClasses(logits: pass.logits, count: model.vocabulary)
      let gradient = model.pullback(CrossEntropy.cotangent(pass.logits, labels: labels), through: pass)
      try add { try $0.writeAll(gradient) }
    }
  }

  func sampledGradient(
    over batch: [[Int]], using generator: inout SplitMix64, into row: inout GradientRow
  ) throws {
    try sampledGradients(over: batch, draws: 1, using: &generator) { try $0(&row) }
  }
}
