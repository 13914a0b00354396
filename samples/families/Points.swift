import Checkpoint
import GradientProbe
import Networks

/// Inputs and targets of B examples, classes or numbers.
struct Points {
  /// Inputs [B, D].
  let inputs: [Float]
  let inputCount: Int
  let targets: Targets

  var count: Int { inputs.count / inputCount }

  /// The examples told, in that order.
  subscript(_ selection: some Collection<Int>) -> Points {
    func pick(_ numbers: [Float], _ width: Int) -> [Float] {
      selection.flatMap { numbers[($0 * width)..<(($0 + 1) * width)] }
    }
    let targets: Targets =
      switch self.targets {
      case .classes(let labels): .classes(selection.map { labels[$0] })
      case .values(let values): .values(pick(values, values.count / count))
      }
    return Points(inputs: pick(inputs, inputCount), inputCount: inputCount, targets: targets)
  }

  /// Minibatches of `size` examples in a random order; what does not fill one is left out.
  func minibatches(of size: Int, using generator: inout SplitMix64) -> [Points] {
    let order = Array(0..<count).shuffled(using: &generator)
    return stride(from: 0, through: count - size, by: size).map { self[order[$0..<($0 + size)]] }
  }

  /// The same with the targets of a `share` of the examples, chosen at random, shuffled among each other.
  func shufflingTargets(share: Double, using generator: inout SplitMix64) -> Points {
    let places = Array(0..<count).shuffled(using: &generator).prefix(Int((share * Double(count)).rounded()))
    var sources = Array(0..<count)
    for (place, source) in zip(places, places.shuffled(using: &generator)) { sources[place] = source }
    return Points(inputs: inputs, inputCount: inputCount, targets: self[sources].targets)
  }
}
