public import Checkpoint

/// Inputs and labels of B examples.
public struct Examples: Hashable, Sendable {
  /// Inputs [B, D].
  public let inputs: [Float]
  /// Class of each example, [B].
  public let labels: [Int]

  /// `labels.count` examples, their inputs one after another.
  public init(inputs: [Float], labels: [Int]) {
    precondition(!labels.isEmpty && inputs.count.isMultiple(of: labels.count), "inputs do not fill whole examples")
    self.inputs = inputs
    self.labels = labels
  }

  /// Number of examples B.
  public var count: Int { labels.count }
  /// Numbers D that one example brings.
  public var inputCount: Int { inputs.count / labels.count }

  /// The examples told, in that order.
  public subscript(_ selection: some Collection<Int>) -> Examples {
    var inputs: [Float] = []
    inputs.reserveCapacity(selection.count * inputCount)
    for index in selection { inputs += self.inputs[(index * inputCount)..<((index + 1) * inputCount)] }
    return Examples(inputs: inputs, labels: selection.map { labels[$0] })
  }

  /// One epoch's minibatches of `size` examples each in a random order; what does not fill one is left for the next
  /// epoch.
  public func minibatches(of size: Int, using generator: inout SplitMix64) -> [Examples] {
    let order = Array(0..<count).shuffled(using: &generator)
    return stride(from: 0, through: count - size, by: size).map { self[order[$0..<($0 + size)]] }
  }

  /// Two random parts, the second of `count` examples.
  public func split(holdingOut count: Int, using generator: inout SplitMix64) -> (kept: Examples, heldOut: Examples) {
    let order = Array(0..<self.count).shuffled(using: &generator)
    return (self[order.dropLast(count)], self[order.suffix(count)])
  }

  /// These examples with a `share` of their labels, chosen at random, shuffled among each other.
  public func shufflingLabels(share: Double, using generator: inout SplitMix64) -> Examples {
    let places = Array(0..<count).shuffled(using: &generator).prefix(Int((share * Double(count)).rounded()))
    var labels = labels
    for (place, source) in zip(places, places.shuffled(using: &generator)) { labels[place] = self.labels[source] }
    return Examples(inputs: inputs, labels: labels)
  }

  func inputs<Scalar: NetworkScalar>(as scalar: Scalar.Type) -> [Scalar] {
    // `as?` would cast number by number.
    Scalar.self == Float.self ? unsafeBitCast(inputs, to: [Scalar].self) : inputs.map { Scalar($0) }
  }
}
