import Checkpoint
import GradientProbe
import Networks

/// Trains one network through the losses at which it is recorded.
struct Training {
  /// Training stops here, too.
  static let mostEpochs = 6_000

  let problem: Problem
  let setting: Setting
  let seed: UInt64
  let examples: Points

  /// The network where its training loss is each of the problem's, as many as it reached.
  func run() -> [(model: Learner, epochs: Int)] {
    var generator = SplitMix64(seed: seed)
    let widths = [problem.width] + [Int](repeating: setting.width, count: setting.depth)
    var model = Learner(
      network: Network(dense: widths + [problem.likelihood.outputCount], using: &generator),
      likelihood: problem.likelihood)
    var found: [(Learner, Int)] = []
    // A look at the training set after every eighth of an epoch, of a full batch after every update.
    let interval = max(1, examples.count / (8 * setting.batchSize))
    var before = model
    for epoch in 1...Self.mostEpochs {
      for (index, minibatch) in examples.minibatches(of: setting.batchSize, using: &generator).enumerated() {
        model.update(
          on: minibatch, learningRate: Float(setting.learningRate * problem.learningRate),
          weightDecay: Float(setting.weightDecay))
        guard (index + 1).isMultiple(of: interval) else { continue }
        var loss = model.loss(over: examples)
        guard loss.isFinite else { return found }
        while loss <= problem.stops[found.count] {
          let stopped = shortened(from: before, to: model, loss: problem.stops[found.count])
          found.append((stopped, epoch))
          if found.count == problem.stops.count { return found }
          loss = model.loss(over: examples)
        }
        before = model
      }
    }
    return found
  }

  /// Where the training loss is `loss` on the way between two networks.
  private func shortened(from before: Learner, to after: Learner, loss: Double) -> Learner {
    var (low, high) = (Float(0), Float(1))
    func between(_ share: Float) -> Learner {
      var model = after
      model.network.parameters = zip(before.network.parameters, after.network.parameters).map {
        $0 + share * ($1 - $0)
      }
      return model
    }
    for _ in 0..<12 {
      let middle = (low + high) / 2
      if between(middle).loss(over: examples) > loss { low = middle } else { high = middle }
    }
    return between(high)
  }
}
