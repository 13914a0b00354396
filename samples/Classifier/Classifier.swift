public import GradientProbe
public import Networks

/// A network whose outputs are the logits of the ten digits, as a recorder sees it: outputs, the way back to the
/// parameters, which labels were right, and losses elsewhere.
public struct Classifier: OutputProbe, LossProbe {
  /// What is trained.
  public var network: Network<Float>

  /// The classifier that `network` is.
  public init(network: Network<Float>) { self.network = network }

  /// Name and shape of every parameter tensor.
  public var tensors: [TensorLayout] { network.tensors.map { TensorLayout($0.name, shape: $0.shape) } }
  /// Ten classes.
  public var likelihood: Likelihood { .categorical(classes: Digits.classCount) }

  /// Number of examples.
  public func batchSize(of batch: Examples) -> Int { batch.count }

  /// Of inputs and labels.
  public func batchHash(of batch: Examples) -> UInt64? {
    var hash = BatchHash()
    hash.add(batch.inputs.span)
    hash.add(batch.labels.span)
    return hash.value
  }

  /// The right labels.
  public func targets(of batch: Examples) -> Targets { .classes(batch.labels) }

  /// Logits [B, 10] and the way back from them.
  public func outputs(over batch: Examples) -> Outputs {
    network.recordedOutputs(for: batch.inputs)
  }

  /// Writes θ.
  public func parameters(into row: inout GradientRow) throws { try row.writeAll(network.parameters) }

  /// Mean loss at θ + δ.
  public func loss(over batch: Examples, displacedBy displacement: Span<Float>) -> Double {
    var moved = network
    for index in displacement.indices { moved.parameters[index] += displacement[index] }
    return moved.loss(over: batch)
  }
}

extension Network<Float> {
  /// Outputs [B, C] for `inputs` [B, D] and the way back from them.
  public func recordedOutputs(for inputs: [Float]) -> Outputs {
    let pass = forward(inputs)
    return Outputs(
      pass.outputs,
      examplePullback: { example, cotangent, row in try row.writeAll(pullback(cotangent, through: pass[example])) },
      pullback: { cotangent, row in try row.writeAll(pullback(cotangent, through: pass)) })
  }
}
