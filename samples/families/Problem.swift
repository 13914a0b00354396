import Checkpoint
import Foundation
import GradientProbe
import Networks

/// What is learnt. Each has a training set, a held-out part that is recorded, and another that the gap is measured on.
enum Problem: String, CaseIterable {
  /// Handwritten digits, their images averaged to 4 × 4 and with noise of standard deviation 0.2, so that no pixel is dark in
  /// nearly all of them.
  case digits
  /// Eight normal distributions of variance 1 in 20 dimensions, two of each of four classes.
  case mixture
  /// Three functions by a random network of 20 inputs, with noise of standard deviation 0.7.
  case regression

  /// Examples of the training set, and of the held-out part that is recorded.
  static let trainingCount = 512
  static let inputCount = 20
  static let noise = 0.7

  var likelihood: Likelihood {
    switch self {
    case .digits: .categorical(classes: Digits.classCount)
    case .mixture: .categorical(classes: 4)
    case .regression: .gaussian(outputs: 3, deviation: 1)
    }
  }

  /// Inputs D of an example.
  var width: Int { self == .digits ? 16 : Self.inputCount }

  /// Training losses at which a training is recorded, in the order in which it meets them [nats].
  var stops: [Double] {
    switch self {
    case .digits: [0.8, 0.5]
    case .mixture: [0.6, 0.3]
    case .regression: [0.9, 0.7]
    }
  }

  /// The learning rate that others are told relative to.
  var learningRate: Double {
    switch self {
    case .digits: 0.3
    case .mixture: 0.1
    case .regression: 0.05
    }
  }
}

/// Data of one problem, the same for all its models.
struct ProblemData {
  let clean: Points
  let probes: Points
  let test: Points
  /// Mean loss on `test` of the distribution that made it [nats]; nil for digits, whose is not known.
  var bayesLoss: Double?

  init(_ problem: Problem) throws {
    let count = Problem.trainingCount
    var generator = SplitMix64(seed: 1)
    switch problem {
    case .digits:
      let digits = try Digits.load()
      let inputs = Self.averaged(digits.inputs).map { $0 + Float(0.2 * generator.normal()) }
      let all = Points(inputs: inputs, inputCount: 16, targets: .classes(digits.labels))
      let order = Array(0..<all.count).shuffled(using: &generator)
      (clean, probes, test) = (all[order[..<count]], all[order[count..<(2 * count)]], all[order[(2 * count)...]])
    case .mixture:
      let mixture = Mixture(using: &generator)
      clean = mixture.draw(count, using: &generator)
      probes = mixture.draw(count, using: &generator)
      test = mixture.draw(10_000, using: &generator)
      bayesLoss = mixture.loss(over: test)
    case .regression:
      let teacher = Teacher(using: &generator)
      clean = teacher.draw(count, using: &generator)
      probes = teacher.draw(count, using: &generator)
      test = teacher.draw(10_000, using: &generator)
      bayesLoss = 3 * Problem.noise * Problem.noise / 2
    }
  }

  /// The training set with a share of its targets shuffled, the same ones for every model.
  func training(shuffledShare: Double) -> Points {
    var generator = SplitMix64(seed: 2)
    return shuffledShare == 0 ? clean : clean.shufflingTargets(share: shuffledShare, using: &generator)
  }

  /// Means over squares of 2 × 2 pixels.
  private static func averaged(_ pixels: [Float]) -> [Float] {
    let side = Digits.image.height
    return (0..<(pixels.count / 4)).map { index in
      let (image, place) = (index / 16, index % 16)
      let first = image * side * side + place / 4 * 2 * side + place % 4 * 2
      return (pixels[first] + pixels[first + 1] + pixels[first + side] + pixels[first + side + 1]) / 4
    }
  }
}

/// Normal distributions around eight means, class k mod 4.
private struct Mixture {
  let means: [[Double]]
  private static let scale = 3.0

  init(using generator: inout SplitMix64) {
    means = (0..<8).map { _ in
      let direction = (0..<Problem.inputCount).map { _ in generator.normal() }
      let length = direction.reduce(0) { $0 + $1 * $1 }.squareRoot()
      return direction.map { Self.scale * $0 / length }
    }
  }

  func draw(_ count: Int, using generator: inout SplitMix64) -> Points {
    var inputs: [Float] = []
    var labels: [Int] = []
    for _ in 0..<count {
      let component = Int.random(in: 0..<means.count, using: &generator)
      inputs += means[component].map { Float($0 + generator.normal()) }
      labels.append(component % 4)
    }
    return Points(inputs: inputs, inputCount: Problem.inputCount, targets: .classes(labels))
  }

  /// Mean of −log of the label's true probability.
  func loss(over points: Points) -> Double {
    guard case .classes(let labels) = points.targets else { return .nan }
    let total = labels.indices.reduce(0.0) { total, example in
      let x = points.inputs[(example * Problem.inputCount)..<((example + 1) * Problem.inputCount)]
      let weights = means.map { mean in
        exp(-zip(x, mean).reduce(0) { $0 + (Double($1.0) - $1.1) * (Double($1.0) - $1.1) } / 2)
      }
      let own = weights.indices.filter { $0 % 4 == labels[example] }.reduce(0) { $0 + weights[$1] }
      return total - log(own / weights.reduce(0, +))
    }
    return total / Double(labels.count)
  }
}

/// A random network, and noise.
private struct Teacher {
  let network: Network<Float>

  init(using generator: inout SplitMix64) { network = Network(dense: [Problem.inputCount, 10, 3], using: &generator) }

  func draw(_ count: Int, using generator: inout SplitMix64) -> Points {
    let inputs = (0..<(count * Problem.inputCount)).map { _ in Float(generator.normal()) }
    let values = network.forward(inputs).outputs.map { $0 + Float(Problem.noise * generator.normal()) }
    return Points(inputs: inputs, inputCount: Problem.inputCount, targets: .values(values))
  }
}
