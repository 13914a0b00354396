import GradientProbe
import Networks

/// A network as the recorder sees it.
struct Classifier: OutputProbe, LossProbe {
  let network: Network<Float>

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
      pullback: { cotangent, row in try row.writeAll(network.pullback(cotangent, through: pass)) })
  }

  func parameters(into row: inout GradientRow) throws { try row.writeAll(network.parameters) }

  func loss(over batch: Examples, displacedBy displacement: Span<Float>) -> Double {
    var moved = network
    for index in displacement.indices { moved.parameters[index] += displacement[index] }
    return moved.loss(over: batch)
  }
}
