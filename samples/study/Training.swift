import Checkpoint
import Networks

/// Trains one network until its training loss is the one at which all are compared.
struct Training {
  /// Mean loss over the training set at which training stops [nats].
  static let targetLoss = 0.05
  /// Training stops here, too, and the network is not used.
  static let mostEpochs = 6_000

  let setting: Setting
  let seed: UInt64
  let examples: Examples

  /// The network and where it started; nil where it did not get there.
  func run() -> (network: Network<Float>, initial: [Float], epochs: Int)? {
    var generator = SplitMix64(seed: seed)
    var network = network(using: &generator)
    let initial = network.parameters
    // A look at the training set costs as much as many updates on small minibatches: none before the minibatches' own
    // losses come near.
    let interval = max(1, examples.count / (10 * setting.batchSize))
    let weight = min(1, max(0.05, 2 * Double(setting.batchSize) / Double(examples.count)))
    var recentLoss: Double?
    var before = initial
    for epoch in 1...Self.mostEpochs {
      let minibatches = examples.minibatches(of: setting.batchSize, using: &generator)
      for (index, minibatch) in minibatches.enumerated() {
        let ownLoss = network.update(
          on: minibatch, learningRate: Float(setting.learningRate), weightDecay: Float(setting.weightDecay))
        recentLoss = recentLoss.map { $0 + weight * (ownLoss - $0) } ?? ownLoss
        guard (index + 1).isMultiple(of: interval) else { continue }
        if let recentLoss, !(recentLoss > 3 * Self.targetLoss) {
          let loss = network.loss(over: examples)
          guard loss.isFinite else { return nil }
          if loss <= Self.targetLoss {
            shorten(&network, from: before)
            return (network, initial, epoch)
          }
        }
        before = network.parameters
      }
    }
    return nil
  }

  /// Goes back along the last updates to where the training loss is the target.
  private func shorten(_ network: inout Network<Float>, from before: [Float]) {
    let after = network.parameters
    var (low, high) = (Float(0), Float(1))
    for _ in 0..<12 {
      let middle = (low + high) / 2
      network.parameters = zip(before, after).map { $0 + middle * ($1 - $0) }
      if network.loss(over: examples) > Self.targetLoss { low = middle } else { high = middle }
    }
    network.parameters = zip(before, after).map { $0 + high * ($1 - $0) }
  }

  private func network(using generator: inout SplitMix64) -> Network<Float> {
    if setting.isConvolutional {
      return Network(
        convolutional: Digits.image, filters: [setting.width / 4, setting.width / 2], outputs: Digits.classCount,
        using: &generator)
    }
    return Network(
      dense: [Digits.image.count] + [Int](repeating: setting.width, count: setting.depth) + [Digits.classCount],
      using: &generator)
  }
}
