/// What a network made of B examples, layer by layer: the outputs, and all that the way back needs.
public struct ForwardPass<Scalar: NetworkScalar>: Sendable {
  /// Number of examples B.
  public let count: Int
  /// The inputs of every layer, and the outputs at the end.
  fileprivate let activations: [[Scalar]]

  /// Outputs [B, C].
  public var outputs: [Scalar] { activations[activations.count - 1] }

  /// The pass of one example alone.
  public subscript(example: Int) -> ForwardPass {
    ForwardPass(
      count: 1,
      activations: activations.map { rows in
        let width = rows.count / count
        return Array(rows[(example * width)..<((example + 1) * width)])
      })
  }
}

extension Network {
  /// Outputs [B, C] for `inputs` [B, D].
  @_specialize(where Scalar == Float)
  @_specialize(where Scalar == Double)
  public func forward(_ inputs: [Scalar]) -> ForwardPass<Scalar> {
    precondition(inputs.count.isMultiple(of: inputCount), "inputs do not fill whole examples")
    let count = inputs.count / inputCount
    var activations = [inputs]
    parameters.withUnsafeBufferPointer { parameters in
      var next = parameters.baseAddress!
      for layer in layers {
        activations.append(layer.forward(activations[activations.count - 1], count: count, parameters: next))
        next += layer.parameterCount
      }
    }
    return ForwardPass(count: count, activations: activations)
  }

  /// Σ_b J_bᵀh_b [P] for a cotangent h [B, C], J_b the outputs' Jacobian by θ at example b of `pass`.
  @_specialize(where Scalar == Float)
  @_specialize(where Scalar == Double)
  public func pullback(_ cotangent: [Scalar], through pass: ForwardPass<Scalar>) -> [Scalar] {
    precondition(cotangent.count == pass.count * outputCount, "a cotangent has the shape of the outputs")
    var gradient = [Scalar](repeating: 0, count: parameters.count)
    gradient.withUnsafeMutableBufferPointer { gradient in
      parameters.withUnsafeBufferPointer { parameters in
        var offset = parameters.count
        var dy = cotangent
        for (index, layer) in layers.enumerated().reversed() {
          offset -= layer.parameterCount
          dy = layer.backward(
            dy, x: pass.activations[index], count: pass.count, parameters: parameters.baseAddress! + offset,
            gradient: gradient.baseAddress! + offset)
        }
      }
    }
    return gradient
  }
}

extension Layer {
  fileprivate var parameterCount: Int { tensors.reduce(0) { $0 + $1.shape.reduce(1, *) } }
}
