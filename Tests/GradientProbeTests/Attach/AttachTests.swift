import Foundation
import TestSupport
import Testing

@testable import GradientProbe
@testable import autodiff
@testable import sketch
import Networks

@Suite("Code in the article on loops records what is defined", .tags(.documentation)) struct AttachTests {
  private let scratch: Scratch

  init() throws { scratch = try Scratch() }

  @Test("plain arrays") func plainArrays() throws {
    let found = try rows(Classifier(), Reference.probes, in: scratch("run")) { $0.sampledDraws = 400 }
    expect(found, Reference.derivatives)
    for (loss, batch) in zip(found.description.losses, Reference.probes) {
      #expect(abs(loss - Reference.classifierLoss(Classifier().theta, batch)) < 1e-5)
    }
    #expect(found.description.batchSizes == [3, 4, 2])
    #expect(found.description.tensors.map(\.name) == ["weight", "bias"])
    // E‖row‖² is the trace of the Fisher matrix of the minibatch.
    for (index, batch) in Reference.probes.enumerated() {
      let squares = found.factors[.sampled]![(400 * index)..<(400 * (index + 1))].map { row in
        wide(row).reduce(0) { $0 + $1 * $1 }
      }
      let mean = squares.reduce(0, +) / 400
      let variance = squares.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 399
      #expect(abs(mean - Classifier().fisherTrace(batch)) < 4.5 * (variance / 400).squareRoot())
    }
  }

  @Test("the loop captures every hundredth step and the last, into a directory of its own") func loop() throws {
    var model = Classifier()
    let small = [Reference.probes[2], Reference.probes[2]]
    let directory = try train(&model, on: { Reference.probes[2] }, probes: small, into: scratch("classifier"))
    let files = try names(in: directory).filter { $0.hasSuffix(".h5") }
    #expect(files.count == 21 && files.last == "step-00001999.h5")
    let first = try Rows(directory + "/step-00000000.h5")
    expect(first, [Reference.derivatives[2], Reference.derivatives[2]])
    let losses = try Rows(directory + "/step-00001900.h5").description.losses
    #expect(losses[0] < 0.1 * first.description.losses[0])
  }

  @Test("a line that is fitted, from nothing to a report") func line() throws {
    let directory = try fitLine(into: scratch("line")).directory
    #expect(
      try names(in: directory).filter { $0.hasSuffix(".h5") }
        == ["step-00000000.h5", "step-00000100.h5", "step-00000200.h5"])
    // The first checkpoint is of slope and offset 0.
    var generator = SplitMix64(seed: 1)
    let batches = (0..<24).map { _ in minibatch(using: &generator) }
    expect(
      try Rows(directory + "/step-00000000.h5"),
      batches.map { batch in
        Reference.differences([0, 0]) { theta in
          batch.reduce(0) { $0 + pow(theta[0] * Double($1.x) + theta[1] - Double($1.y), 2) / Double(2 * batch.count) }
        }
      })
  }

  @Test("the toolchain's _Differentiation") func differentiation() throws {
    let model = Regression(weight: [0.4, -1.2], bias: [0.1, 0.3], output: [0.7, 1.1])
    let batches = [0, 3].map { start in (start..<(start + 3)).map { Point(x: Float($0) * 0.4 - 1, y: Float($0 % 2)) } }
    let theta = wide(model.weight + model.bias + model.output)
    let found = try rows(model, batches, in: scratch("run")) { $0.factors = [.exact] }
    func output(_ theta: [Double], _ x: Float) -> Double {
      (0..<2).reduce(0) { $0 + theta[4 + $1] * tanh(theta[$1] * Double(x) + theta[2 + $1]) }
    }
    // −log of a normal density of deviation 0.1, but for a constant.
    expect(
      found,
      batches.map { batch in
        Reference.differences(theta) { theta in
          batch.reduce(0) { $0 + 50 * pow(output(theta, $1.x) - Double($1.y), 2) } / Double(batch.count)
        }
      })
    // The Fisher matrix of a Gaussian: the mean of J Jᵀ/σ².
    let jacobian = batches.flatMap { $0 }.map { point in Reference.differences(theta) { output($0, point.x) } }
    let exact = found.factors[.exact]!.map(wide)
    #expect(exact.count == jacobian.count)
    #expect(
      relativeDifference(secondMoment(exact, scale: 1 / 6), secondMoment(jacobian, scale: 100 / 6)) < 1e-4)
  }

  @Test("closures") func closures() throws {
    let recorder = try Recorder(directory: scratch("run"), options: options { $0.sampledDraws = 2 })
    try recordByClosures(ForeignClassifier(), over: Reference.probes, step: 0, with: recorder)
    try recorder.finish()
    for step in 0...1 {
      let found = try Rows(scratch("run/step-0000000\(step).h5"))
      expect(found, Reference.derivatives)
      #expect(found.factors[.sampled]?.count == (step == 1 ? 6 : nil))
    }
  }

  @Test("closures that are awaited: gradients, and a factor row √B times one for other labels")
  func awaitedClosures() async throws {
    let recorder = try Recorder(directory: scratch("run"), options: options { $0.sampledDraws = 1 })
    try await recordByAwaitedClosures(AwaitedClassifier(), over: Reference.probes, step: 0, with: recorder)
    try recorder.finish()
    let found = try Rows(scratch("run/step-00000000.h5"))
    expect(found, Reference.derivatives)
    for (index, batch) in Reference.probes.enumerated() {
      var generator = SplitMix64(seed: 0, step: 0, minibatch: index)
      let labels = generator.drawClasses(logits: ForeignClassifier().logits(batch), count: 10)
      let drawn = batch.indices.map { Example(inputs: batch[$0].inputs, label: labels[$0]) }
      let expected = Classifier().derivative(drawn).map { Double(batch.count).squareRoot() * $0 }
      #expect(relativeDifference(wide(found.factors[.sampled]![index]), expected) < 1e-4)
    }
  }

  @Test("a model whose names collide, by qualified names and by closures") func collidingNames() throws {
    let inputs: [[[Float]]] = [[[1, 2], [-1, 0.5], [0, -1]], [[0.5, 0.5], [-2, -1]]]
    let theta = wide(Net().weight)
    let expected = inputs.map { batch in
      Reference.differences(theta) { theta in
        batch.reduce(0) { sum, x in
          sum
            + Reference.crossEntropy(
              (0..<3).map { theta[2 * $0] * Double(x[0]) + theta[2 * $0 + 1] * Double(x[1]) }, Net.label(of: x))
        } / Double(batch.count)
      }
    }
    let qualified = try rows(Net(), inputs, in: scratch("run")) { $0.factors = [] }
    expect(qualified, expected)
    let recorder = try Recorder(directory: scratch("closures"), options: options { $0.factors = [] })
    let batches = inputs.map { $0.map { Example(inputs: $0, label: Net.label(of: $0)) } }
    try record(Net(), over: batches, step: 0, with: recorder)
    try recorder.finish()
    #expect(try Rows(scratch("closures/step-00000000.h5")).gradients == qualified.gradients)
  }

  @Test("a transformer, whose examples are tokens") func transformer() throws {
    var generator = SplitMix64(seed: 4)
    let model = Transformer<Float>(vocabulary: 5, length: 4, width: 6, headCount: 2, layerCount: 1, using: &generator)
    generator = SplitMix64(seed: 4)
    var double = Transformer<Double>(
      vocabulary: 5, length: 4, width: 6, headCount: 2, layerCount: 1, using: &generator)
    double.parameters = wide(model.parameters)
    let batches = [[[1, 0, 3, 3, 2], [4, 4, 1]], [[0, 2, 1, 4]]]
    let found = try rows(Speaker(model: model), batches, in: scratch("run")) { $0.sampledDraws = 200 }
    try #require(found.description.batchSizes == [6, 3])
    func loss(_ theta: [Double], _ batch: [[Int]]) -> Double {
      var moved = double
      moved.parameters = theta
      let logits = moved.forward(batch.map { Array($0.dropLast()) }).logits
      let labels = batch.flatMap { $0.dropFirst() }
      return labels.indices.reduce(0) {
        $0 + Reference.crossEntropy(Array(logits[(5 * $1)..<(5 * $1 + 5)]), labels[$1])
      }
        / Double(labels.count)
    }
    expect(found, batches.map { batch in Reference.differences(double.parameters) { loss($0, batch) } }, within: 1e-3)
    // E‖row‖² is the mean over tokens of what each may be followed by: the trace of the Fisher matrix.
    for (index, batch) in batches.enumerated() {
      let logits = double.forward(batch.map { Array($0.dropLast()) }).logits
      let count = found.description.batchSizes[index]
      var trace = 0.0
      for token in 0..<count {
        for label in 0..<5 {
          let score = Reference.differences(double.parameters) { theta in
            var moved = double
            moved.parameters = theta
            let logits = moved.forward(batch.map { Array($0.dropLast()) }).logits
            return Reference.crossEntropy(Array(logits[(5 * token)..<(5 * token + 5)]), label)
          }
          let probability = exp(-Reference.crossEntropy(Array(logits[(5 * token)..<(5 * token + 5)]), label))
          trace += probability * score.reduce(0) { $0 + $1 * $1 } / Double(count)
        }
      }
      let squares = found.factors[.sampled]![(200 * index)..<(200 * (index + 1))].map { row in
        wide(row).reduce(0) { $0 + $1 * $1 }
      }
      let mean = squares.reduce(0, +) / 200
      let variance = squares.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 199
      #expect(abs(mean - trace) < 4.5 * (variance / 200).squareRoot())
    }
  }

  @Test("groups, gradients that are handed over, and what the disk refuses") func otherLoops() throws {
    let recorder = try Recorder(directory: scratch("run"), options: options { $0.rows = 3 })
    try capture(Classifier(), over: Array(Reference.probes[..<2]), and: [Reference.probes[2]], step: 0, with: recorder)
    captureOrGoOn(Classifier(), over: Reference.probes, step: 1, with: recorder)
    for step in 2...4 { try observe(Classifier(), on: Reference.probes[step - 2], step: step, with: recorder) }
    try recorder.finish()
    for step in [0, 1, 4] {
      expect(try Rows(scratch("run/step-0000000\(step).h5")), Reference.derivatives)
    }
    #expect(try Rows(scratch("run/step-00000000.h5")).description.groups?.ids == [0, 0, 1])
    #expect(try Rows(scratch("run/step-00000000.h5")).description.batchHashes != nil)
  }
}
