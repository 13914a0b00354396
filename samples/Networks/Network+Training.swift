extension Network {
  /// Mean cross-entropy over `examples` [nats].
  public func loss(over examples: Examples) -> Double {
    CrossEntropy.meanLoss(outputs(for: examples), labels: examples.labels)
  }

  /// Mean cross-entropy over `examples` at θ + δ [nats].
  public func loss(over examples: Examples, movedBy offset: [Scalar]) -> Double {
    moved(by: offset).loss(over: examples)
  }

  /// Mean cross-entropy over `examples` [nats] and its gradient [P], without weight decay.
  public func lossAndGradient(over examples: Examples) -> (loss: Double, gradient: [Scalar]) {
    let pass = forward(examples.inputs(as: Scalar.self))
    return (
      CrossEntropy.meanLoss(pass.outputs, labels: examples.labels),
      pullback(CrossEntropy.cotangent(pass.outputs, labels: examples.labels), through: pass)
    )
  }

  /// Share of `examples` whose largest output is the label's.
  public func accuracy(over examples: Examples) -> Double {
    let outputs = outputs(for: examples)
    var right = 0
    for (example, label) in examples.labels.enumerated() {
      let row = outputs[(example * outputCount)..<((example + 1) * outputCount)]
      if row.indices.max(by: { row[$0] < row[$1] }) == row.startIndex + label { right += 1 }
    }
    return Double(right) / Double(examples.count)
  }

  /// Outputs [B, C].
  public func outputs(for examples: Examples) -> [Scalar] { forward(examples.inputs(as: Scalar.self)).outputs }

  /// One step of gradient descent, θ ← θ − η(∇f + λθ); returns the mean loss f over `examples` before it [nats].
  @discardableResult
  @_specialize(where Scalar == Float)
  @_specialize(where Scalar == Double)
  public mutating func update(
    on examples: Examples, learningRate: Scalar, weightDecay: Scalar = 0
  ) -> Double {
    let (loss, gradient) = lossAndGradient(over: examples)
    for index in gradient.indices {
      parameters[index] -= learningRate * (gradient[index] + weightDecay * parameters[index])
    }
    return loss
  }
}
