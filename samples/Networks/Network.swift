public import Checkpoint

/// Layers one after another, their parameters in one flat vector θ.
public struct Network<Scalar: NetworkScalar>: Sendable {
  /// From inputs to outputs.
  public let layers: [Layer]
  /// θ: every tensor's numbers, in the order of ``tensors``.
  public var parameters: [Scalar]

  /// Layers with weights from He et al.'s normal distribution of variance 2/inputs (2015), biases zero.
  public init(_ layers: [Layer], using generator: inout SplitMix64) {
    precondition(
      !layers.isEmpty && zip(layers, layers.dropFirst()).allSatisfy { $0.outputCount == $1.inputCount },
      "a layer's outputs are the next one's inputs")
    self.layers = layers
    parameters = []
    for tensor in layers.flatMap(\.tensors) {
      let count = tensor.shape.reduce(1, *)
      let deviation = tensor.shape.count == 1 ? 0 : (2 * Double(tensor.shape[0]) / Double(count)).squareRoot()
      for _ in 0..<count { parameters.append(deviation == 0 ? 0 : Scalar(deviation * generator.normal())) }
    }
  }

  /// The same network with numbers of another type.
  public init<Other>(_ other: Network<Other>) {
    layers = other.layers
    parameters = other.parameters.map { Scalar($0) }
  }

  /// Numbers that one example brings.
  public var inputCount: Int { layers[0].inputCount }
  /// Numbers C that one example leaves with.
  public var outputCount: Int { layers[layers.count - 1].outputCount }

  /// Names and shapes of the parameter tensors in the order of θ: `dense1.weight`, `dense1.bias`, …; the first extent
  /// counts a layer's outputs.
  public var tensors: [(name: String, shape: [Int])] {
    var numbers: [String: Int] = [:]
    return layers.flatMap { layer in
      numbers[layer.name, default: 0] += 1
      return layer.tensors.map { ("\(layer.name)\(numbers[layer.name]!).\($0.name)", $0.shape) }
    }
  }

  /// The network at θ + δ.
  public func moved(by offset: [Scalar]) -> Network {
    precondition(offset.count == parameters.count, "an offset has as many numbers as there are parameters")
    var network = self
    for index in offset.indices { network.parameters[index] += offset[index] }
    return network
  }
}

extension Network {
  /// Dense layers of the given widths, from inputs to outputs, with ReLUs between them: `[64, 16, 10]`.
  public init(dense widths: [Int], using generator: inout SplitMix64) {
    precondition(widths.count >= 2, "inputs and outputs are needed")
    var layers: [Layer] = []
    for (inputs, outputs) in zip(widths, widths.dropFirst()) {
      if !layers.isEmpty { layers.append(.relu(count: inputs)) }
      layers.append(.dense(Dense(inputCount: inputs, outputCount: outputs)))
    }
    self.init(layers, using: &generator)
  }

  /// A small convolutional network: for each of `filters` a convolution, ReLU and 2×2 pooling; then one dense layer.
  public init(convolutional input: ImageShape, filters: [Int], outputs: Int, using generator: inout SplitMix64) {
    var layers: [Layer] = []
    var image = input
    for count in filters {
      let convolution = Convolution(input: image, filterCount: count)
      let pooling = Pooling(input: convolution.output)
      layers += [.convolution(convolution), .relu(count: convolution.output.count), .pooling(pooling)]
      image = pooling.output
    }
    layers.append(.dense(Dense(inputCount: image.count, outputCount: outputs)))
    self.init(layers, using: &generator)
  }
}
