import Checkpoint
import Networks
import Testing

@Suite(.tags(.data)) struct DigitsTests {
  @Test func theFileHoldsAllDigits() throws {
    let digits = try Digits.load()
    #expect(digits.count == 1797)
    #expect(digits.inputCount == Digits.image.count)
    // Examples of each class as the data set's own description counts them.
    let counts = (0..<10).map { label in digits.labels.count { $0 == label } }
    #expect(counts == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180])
    #expect(digits.inputs.min() == 0 && digits.inputs.max() == 1)
    #expect(digits.inputs[2] == 5.0 / 16)
  }

  @Test func minibatchesOfAnEpochDoNotShareExamples() {
    let examples = Examples(inputs: (0..<10).map(Float.init), labels: Array(0..<10))
    var generator = SplitMix64(seed: 1)
    let batches = examples.minibatches(of: 3, using: &generator)
    #expect(batches.map(\.count) == [3, 3, 3])
    let labels = batches.flatMap(\.labels)
    #expect(Set(labels).count == 9)
    #expect(labels != labels.sorted())
    #expect(batches.flatMap(\.inputs) == labels.map(Float.init))
  }

  @Test(arguments: [0, 0.5, 1]) func shufflingLabelsKeepsInputsAndCounts(share: Double) {
    let examples = Examples(inputs: (0..<100).map(Float.init), labels: Array(0..<100))
    var generator = SplitMix64(seed: 1)
    let shuffled = examples.shufflingLabels(share: share, using: &generator)
    #expect(shuffled.inputs == examples.inputs)
    #expect(shuffled.labels.sorted() == examples.labels)
    let moved = zip(shuffled.labels, examples.labels).count { $0 != $1 }
    #expect(share == 0 ? moved == 0 : moved > Int(90 * share) && moved <= Int(100 * share))
  }

  @Test func trainingFindsTheDigits() throws {
    var generator = SplitMix64(seed: 1)
    let (training, validation) = try Digits.load().split(holdingOut: 397, using: &generator)
    var network = Network<Float>(dense: [64, 16, 10], using: &generator)
    for _ in 0..<15 {
      for batch in training.minibatches(of: 32, using: &generator) { network.update(on: batch, learningRate: 0.2) }
    }
    #expect(network.accuracy(over: validation) > 0.9)
  }

  @Test func weightDecayShrinksParameters() {
    var network = Network<Float>(Model.perceptron.network())
    let examples = Model.examples(5)
    let start = network
    let gradient = network.lossAndGradient(over: examples).gradient
    network.update(on: examples, learningRate: 0.5, weightDecay: 0.1)
    for index in gradient.indices {
      #expect(abs(network.parameters[index] - (start.parameters[index] * 0.95 - 0.5 * gradient[index])) < 1e-6)
    }
  }
}
