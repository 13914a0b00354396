import Classifier
import GradientProbe
import Networks

/// A network with what its outputs mean, as a recorder sees it.
struct Learner: OutputProbe, LossProbe {
  var network: Network<Float>
  let likelihood: Likelihood

  var tensors: [TensorLayout] { network.tensors.map { TensorLayout($0.name, shape: $0.shape) } }

  func batchSize(of batch: Points) -> Int { batch.count }

  func targets(of batch: Points) -> Targets { batch.targets }

  func outputs(over batch: Points) -> Outputs { network.recordedOutputs(for: batch.inputs) }

  func parameters(into row: inout GradientRow) throws { try row.writeAll(network.parameters) }

  func loss(over batch: Points, displacedBy displacement: Span<Float>) -> Double {
    var moved = self
    for index in displacement.indices { moved.network.parameters[index] += displacement[index] }
    return moved.loss(over: batch)
  }

  /// Mean loss [nats].
  func loss(over batch: Points) -> Double {
    let outputs = network.forward(batch.inputs).outputs
    return switch batch.targets {
    case .classes(let labels): CrossEntropy.meanLoss(outputs, labels: labels)
    case .values(let values):
      zip(outputs, values).reduce(0) { $0 + Double($1.0 - $1.1) * Double($1.0 - $1.1) } / Double(2 * batch.count)
    }
  }

  /// The loss of each example [nats].
  func losses(over batch: Points) -> [Double] { (0..<batch.count).map { loss(over: batch[[$0]]) } }

  /// One step of gradient descent on `batch`, θ ← θ − η(∇f + λθ).
  mutating func update(on batch: Points, learningRate: Float, weightDecay: Float) {
    let pass = network.forward(batch.inputs)
    let cotangent: [Float] =
      switch batch.targets {
      case .classes(let labels): CrossEntropy.cotangent(pass.outputs, labels: labels)
      case .values(let values): zip(pass.outputs, values).map { ($0 - $1) / Float(batch.count) }
      }
    let gradient = network.pullback(cotangent, through: pass)
    for index in gradient.indices {
      network.parameters[index] -= learningRate * (gradient[index] + weightDecay * network.parameters[index])
    }
  }
}
