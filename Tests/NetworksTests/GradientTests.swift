import Checkpoint
import Networks
import Testing

extension Tag {
  @Tag static var gradients: Self
  @Tag static var data: Self
}

/// Networks of every kind of layer, on examples at random.
enum Model: String, CaseIterable, CustomTestStringConvertible {
  case linear, perceptron, deep, convolutional

  var testDescription: String { rawValue }

  static let image = ImageShape(height: 4, width: 6, channels: 2)

  func network(seed: UInt64 = 1) -> Network<Double> {
    var generator = SplitMix64(seed: seed)
    var network: Network<Double>
    switch self {
    case .linear: network = Network(dense: [48, 3], using: &generator)
    case .perceptron: network = Network(dense: [48, 7, 3], using: &generator)
    case .deep: network = Network(dense: [48, 6, 5, 4, 3], using: &generator)
    case .convolutional:
      // One pooling halves 4 × 6 to 2 × 3, which a second cannot halve: one stage of filters and a dense layer.
      network = Network(convolutional: Self.image, filters: [5], outputs: 3, using: &generator)
    }
    // Biases away from zero, so that their gradients are tested at a point like any other.
    for index in network.parameters.indices { network.parameters[index] += 0.1 * generator.normal() }
    return network
  }

  static func examples(_ count: Int, seed: UInt64 = 2) -> Examples {
    var generator = SplitMix64(seed: seed)
    return Examples(
      inputs: (0..<(count * image.count)).map { _ in Float(generator.normal()) },
      labels: (0..<count).map { _ in Int.random(in: 0..<3, using: &generator) })
  }
}

/// ∂f/∂θ by central differences.
func finiteDifferences(_ network: Network<Double>, step: Double = 1e-6, _ f: (Network<Double>) -> Double) -> [Double] {
  network.parameters.indices.map { index in
    var (up, down) = (network, network)
    up.parameters[index] += step
    down.parameters[index] -= step
    return (f(up) - f(down)) / (2 * step)
  }
}

func largestDifference(_ a: [Double], _ b: [Double]) -> Double {
  precondition(a.count == b.count)
  return zip(a, b).reduce(0) { max($0, abs($1.0 - $1.1)) }
}

@Suite(.tags(.gradients)) struct GradientTests {
  @Test(arguments: Model.allCases) func lossGradientIsTheFiniteDifference(model: Model) {
    let network = model.network()
    let examples = Model.examples(5)
    let (loss, gradient) = network.lossAndGradient(over: examples)
    #expect(abs(loss - network.loss(over: examples)) < 1e-12)
    #expect(largestDifference(gradient, finiteDifferences(network) { $0.loss(over: examples) }) < 1e-7)
  }

  @Test(arguments: Model.allCases) func pullbackIsTheFiniteDifferenceOfTheOutputsWeightedSum(model: Model) {
    let network = model.network()
    let examples = Model.examples(4)
    var generator = SplitMix64(seed: 3)
    let cotangent = (0..<12).map { _ in generator.normal() }
    let pulled = network.pullback(cotangent, through: network.forward(examples.inputs.map(Double.init)))
    let differences = finiteDifferences(network) {
      zip($0.outputs(for: examples), cotangent).reduce(0) { $0 + $1.0 * $1.1 }
    }
    #expect(largestDifference(pulled, differences) < 1e-7)
  }

  @Test(arguments: Model.allCases) func pullbacksOfSingleExamplesAddUp(model: Model) {
    let network = model.network()
    let pass = network.forward(Model.examples(4).inputs.map(Double.init))
    var generator = SplitMix64(seed: 3)
    let cotangent = (0..<12).map { _ in generator.normal() }
    var sum = [Double](repeating: 0, count: network.parameters.count)
    for example in 0..<4 {
      let row = network.pullback(Array(cotangent[(3 * example)..<(3 * example + 3)]), through: pass[example])
      for index in row.indices { sum[index] += row[index] }
    }
    #expect(largestDifference(sum, network.pullback(cotangent, through: pass)) < 1e-12)
  }

  @Test(arguments: Model.allCases) func floatAgreesWithDouble(model: Model) {
    let network = model.network()
    let examples = Model.examples(8)
    let single = Network<Float>(network).lossAndGradient(over: examples)
    let double = network.lossAndGradient(over: examples)
    #expect(abs(single.loss - double.loss) < 1e-5)
    #expect(largestDifference(single.gradient.map(Double.init), double.gradient) < 1e-5)
  }

  @Test func lossAtAnOffsetIsTheMovedNetworks() {
    let network = Model.perceptron.network()
    let examples = Model.examples(5)
    let offset = network.parameters.map { 0.01 * $0 }
    var moved = network
    for index in offset.indices { moved.parameters[index] += offset[index] }
    #expect(network.loss(over: examples, movedBy: offset) == moved.loss(over: examples))
    #expect(network.loss(over: examples, movedBy: offset) != network.loss(over: examples))
  }

  @Test func tensorsCoverTheParameters() {
    let network = Model.convolutional.network()
    #expect(
      network.tensors.map(\.name) == ["convolution1.weight", "convolution1.bias", "dense1.weight", "dense1.bias"])
    #expect(network.tensors.map(\.shape) == [[5, 3, 3, 2], [5], [3, 30], [3]])
    #expect(network.tensors.reduce(0) { $0 + $1.shape.reduce(1, *) } == network.parameters.count)
  }
}
