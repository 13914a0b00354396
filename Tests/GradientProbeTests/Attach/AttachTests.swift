import Foundation
import TestSupport
import Testing

@testable import GradientProbe
@testable import autodiff
@testable import sketch
import Networks

/// θ's derivatives of `f` by central differences, in double.
private func differences(_ theta: [Double], _ f: ([Double]) -> Double) -> [Double] {
  theta.indices.map { index in
    var (up, down) = (theta, theta)
    up[index] += 1e-5
    down[index] -= 1e-5
    return (f(up) - f(down)) / 2e-5
  }
}

/// The negative logarithm of the share of `label` in the softmax of `logits`.
private func crossEntropy(_ logits: [Double], _ label: Int) -> Double {
  log(logits.reduce(0) { $0 + exp($1) }) - logits[label]
}

/// The mean loss of a classifier of parameters `theta`, 640 weights and 10 biases, from its definition.
private func classifierLoss(_ theta: [Double], _ batch: [Example]) -> Double {
  batch.reduce(0) { sum, example in
    let logits = (0..<10).map { c in
      example.inputs.enumerated().reduce(theta[640 + c]) { $0 + theta[c * 64 + $1.offset] * Double($1.element) }
    }
    return sum + crossEntropy(logits, example.label)
  } / Double(batch.count)
}

extension Classifier {
  fileprivate var theta: [Double] { (weight + bias).map { Double($0) } }
  fileprivate func derivative(_ batch: [Example]) -> [Double] { differences(theta) { classifierLoss($0, batch) } }

  /// Mean over `batch` and its labels y ~ p of ‖∇log p(y)‖²: the trace of the Fisher matrix.
  fileprivate func fisherTrace(_ batch: [Example]) -> Double {
    batch.reduce(0) { sum, example in
      // The gradient of −log p_y by logits is p − e_y, that by weights its outer product with the inputs.
      let square = example.inputs.reduce(1.0) { $0 + Double($1) * Double($1) }
      let p = probabilities(of: example).map { Double($0) }
      return sum + square * (1 - p.reduce(0) { $0 + $1 * $1 })
    } / Double(batch.count)
  }
}

private func wide(_ row: [Float]) -> [Double] { row.map { Double($0) } }

/// Examples of the classifier, minibatches of which are not of one size.
private let probes = [3, 4, 2].enumerated().map { [Example].random($1, inputs: 64, classes: 10, seed: UInt64($0)) }

/// The derivatives of their mean losses.
private let derivatives = probes.map(Classifier().derivative)

@Suite("Code in the article on loops records what is defined", .tags(.documentation)) struct AttachTests {
  private let scratch: Scratch

  init() throws { scratch = try Scratch() }

  private func rows<Model: Probe>(
    _ model: Model, _ batches: [Model.Batch], _ change: (inout RecorderOptions) -> Void = { _ in }
  ) throws -> Rows {
    let recorder = try Recorder(directory: scratch("run"), options: options(change))
    try recorder.capture(model, over: batches, step: 0)
    try recorder.finish()
    return try Rows(scratch("run/step-00000000.h5"))
  }

  private func expect(_ found: Rows, _ reference: [[Double]], within tolerance: Double = 1e-4) {
    #expect(found.gradients.count == reference.count)
    for (row, expected) in zip(found.gradients, reference) {
      #expect(relativeDifference(wide(row), expected) < tolerance)
    }
  }

  @Test("plain arrays") func plainArrays() throws {
    let found = try rows(Classifier(), probes) { $0.sampledDraws = 400 }
    expect(found, derivatives)
    for (loss, batch) in zip(found.description.losses, probes) {
      #expect(abs(loss - classifierLoss(Classifier().theta, batch)) < 1e-5)
    }
    #expect(found.description.batchSizes == [3, 4, 2])
    #expect(found.description.tensors.map(\.name) == ["weight", "bias"])
    // E‖row‖² is the trace of the Fisher matrix of the minibatch.
    for (index, batch) in probes.enumerated() {
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
    let small = [probes[2], probes[2]]
    let directory = try train(&model, on: { probes[2] }, probes: small, into: scratch("classifier"))
    let files = try names(in: directory).filter { $0.hasSuffix(".h5") }
    #expect(files.count == 21 && files.last == "step-00001999.h5")
    let first = try Rows(directory + "/step-00000000.h5")
    expect(first, [derivatives[2], derivatives[2]])
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
        differences([0, 0]) { theta in
          batch.reduce(0) { $0 + pow(theta[0] * Double($1.x) + theta[1] - Double($1.y), 2) / Double(2 * batch.count) }
        }
      })
  }

  @Test("the toolchain's _Differentiation") func differentiation() throws {
    let model = Regression(weight: [0.4, -1.2], bias: [0.1, 0.3], output: [0.7, 1.1])
    let batches = [0, 3].map { start in (start..<(start + 3)).map { Point(x: Float($0) * 0.4 - 1, y: Float($0 % 2)) } }
    let theta = wide(model.weight + model.bias + model.output)
    let found = try rows(model, batches) { $0.factors = [.exact] }
    func output(_ theta: [Double], _ x: Float) -> Double {
      (0..<2).reduce(0) { $0 + theta[4 + $1] * tanh(theta[$1] * Double(x) + theta[2 + $1]) }
    }
    // −log of a normal density of deviation 0.1, but for a constant.
    expect(
      found,
      batches.map { batch in
        differences(theta) { theta in
          batch.reduce(0) { $0 + 50 * pow(output(theta, $1.x) - Double($1.y), 2) } / Double(batch.count)
        }
      })
    // The Fisher matrix of a Gaussian: the mean of J Jᵀ/σ².
    let jacobian = batches.flatMap { $0 }.map { point in differences(theta) { output($0, point.x) } }
    let exact = found.factors[.exact]!.map(wide)
    #expect(exact.count == jacobian.count)
    #expect(
      relativeDifference(secondMoment(exact, scale: 1 / 6), secondMoment(jacobian, scale: 100 / 6)) < 1e-4)
  }

  @Test("closures") func closures() throws {
    let recorder = try Recorder(directory: scratch("run"), options: options { $0.sampledDraws = 2 })
    try recordByClosures(ForeignClassifier(), over: probes, step: 0, with: recorder)
    try recorder.finish()
    for step in 0...1 {
      let found = try Rows(scratch("run/step-0000000\(step).h5"))
      expect(found, derivatives)
      #expect(found.factors[.sampled]?.count == (step == 1 ? 6 : nil))
    }
  }

  @Test("closures that are awaited: gradients, and a factor row √B times one for other labels")
  func awaitedClosures() async throws {
    let recorder = try Recorder(directory: scratch("run"), options: options { $0.sampledDraws = 1 })
    try await recordByAwaitedClosures(AwaitedClassifier(), over: probes, step: 0, with: recorder)
    try recorder.finish()
    let found = try Rows(scratch("run/step-00000000.h5"))
    expect(found, derivatives)
    for (index, batch) in probes.enumerated() {
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
      differences(theta) { theta in
        batch.reduce(0) { sum, x in
          sum
            + crossEntropy(
              (0..<3).map { theta[2 * $0] * Double(x[0]) + theta[2 * $0 + 1] * Double(x[1]) }, Net.label(of: x))
        } / Double(batch.count)
      }
    }
    let qualified = try rows(Net(), inputs) { $0.factors = [] }
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
    let found = try rows(Speaker(model: model), batches) { $0.sampledDraws = 200 }
    try #require(found.description.batchSizes == [6, 3])
    func loss(_ theta: [Double], _ batch: [[Int]]) -> Double {
      var moved = double
      moved.parameters = theta
      let logits = moved.forward(batch.map { Array($0.dropLast()) }).logits
      let labels = batch.flatMap { $0.dropFirst() }
      return labels.indices.reduce(0) { $0 + crossEntropy(Array(logits[(5 * $1)..<(5 * $1 + 5)]), labels[$1]) }
        / Double(labels.count)
    }
    expect(found, batches.map { batch in differences(double.parameters) { loss($0, batch) } }, within: 1e-3)
    // E‖row‖² is the mean over tokens of what each may be followed by: the trace of the Fisher matrix.
    for (index, batch) in batches.enumerated() {
      let logits = double.forward(batch.map { Array($0.dropLast()) }).logits
      let count = found.description.batchSizes[index]
      var trace = 0.0
      for token in 0..<count {
        for label in 0..<5 {
          let score = differences(double.parameters) { theta in
            var moved = double
            moved.parameters = theta
            let logits = moved.forward(batch.map { Array($0.dropLast()) }).logits
            return crossEntropy(Array(logits[(5 * token)..<(5 * token + 5)]), label)
          }
          let probability = exp(-crossEntropy(Array(logits[(5 * token)..<(5 * token + 5)]), label))
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

  @Test("loss scaling: rows are of the loss itself", arguments: [64, 1_024] as [Float])
  func lossScaling(scale: Float) throws {
    let found = try rows(HalfPrecisionClassifier(lossScale: scale), probes)
    expect(found, derivatives, within: 5e-3)
  }

  @Test("loss scaling: what would vanish in half precision is there")
  func smallGradients() throws {
    let small = probes.map { batch in
      batch.map { Example(inputs: $0.inputs.map { 2e-5 * $0 }, label: $0.label) }
    }
    // The bias's gradient does not shrink with the inputs.
    func weights(_ scale: Float) throws -> [Double] {
      let recorder = try Recorder(directory: scratch("scale\(Int(scale))"), options: options())
      try recorder.capture(HalfPrecisionClassifier(lossScale: scale), over: small, step: 0)
      try recorder.finish()
      return try zip(Rows(scratch("scale\(Int(scale))/step-00000000.h5")).gradients, small).map { row, batch in
        relativeDifference(wide(Array(row[..<640])), Array(Classifier().derivative(batch)[..<640]))
      }
    }
    let (scaled, plain) = (try weights(1_024), try weights(1))
    #expect(scaled.allSatisfy { $0 < 1e-2 })
    for (with, without) in zip(scaled, plain) { #expect(without > 5 * with) }
  }

  @Test("loss scaling: a minibatch that overflows is left out, the others are not") func overflow() throws {
    var batches = probes
    for index in batches[1].indices { batches[1][index].inputs = batches[1][index].inputs.map { 64 * $0 } }
    let recorder = try halfPrecisionRecorder(scratch("run"))
    let model = HalfPrecisionClassifier(lossScale: 8_192)
    try #require(model.scaledPass(over: batches[1]).gradients[0].contains { !$0.isFinite })
    try recorder.capture(model, over: batches, step: 0)
    try recorder.finish()
    let found = try Rows(recorder.directory + "/step-00000000.h5")
    #expect(found.description.batchSizes == [3, 2])
    expect(found, [derivatives[0], derivatives[2]], within: 5e-3)
    #expect(throws: CaptureError.self) {
      let strict = try Recorder(directory: scratch("strict"), options: options())
      try strict.capture(model, over: batches, step: 0)
    }
  }

  @Test("accumulated gradients are of the mean over all examples", arguments: [[1, 1, 1], [3], [2, 1], [1, 4, 2]])
  func accumulation(sizes: [Int]) throws {
    let microbatches = sizes.enumerated().map { [Example].random($1, inputs: 64, classes: 10, seed: UInt64(9 + $0)) }
    let batches = [microbatches, [probes[0], probes[1]]]
    let found = try rows(AccumulatingClassifier(), batches)
    #expect(found.description.batchSizes == [sizes.reduce(0, +), 7])
    expect(found, batches.map { Classifier().derivative($0.flatMap { $0 }) })
    for (loss, batch) in zip(found.description.losses, batches) {
      #expect(abs(loss - classifierLoss(Classifier().theta, batch.flatMap { $0 })) < 1e-5)
    }
  }

  @Test("frozen parameters are in no row", arguments: [[], ["body"], ["head"]] as [Set<String>])
  func frozenParameters(frozen: Set<String>) throws {
    let model = FineTunedNetwork(frozen: frozen)
    let batches = [4, 5].map { [Example].random($0, inputs: 4, classes: 3, seed: UInt64($0)) }
    let found = try rows(model, batches)
    #expect(found.description.tensors.map(\.name) == ["body", "head"].filter { !frozen.contains($0) })
    let theta = wide(model.parameters[0].values + model.parameters[1].values)
    func loss(_ theta: [Double], _ batch: [Example]) -> Double {
      batch.reduce(0) { sum, example in
        let hidden = (0..<3).map { unit in
          tanh((0..<4).reduce(0) { $0 + theta[4 * unit + $1] * Double(example.inputs[$1]) })
        }
        let logits = (0..<3).map { c in (0..<3).reduce(0) { $0 + theta[12 + 3 * c + $1] * hidden[$1] } }
        return sum + crossEntropy(logits, example.label)
      } / Double(batch.count)
    }
    let columns = (frozen.contains("body") ? [] : Array(0..<12)) + (frozen.contains("head") ? [] : Array(12..<21))
    expect(
      found,
      batches.map { batch in
        let all = differences(theta) { loss($0, batch) }
        return columns.map { all[$0] }
      })
  }

  @Test("parameters that are thawed later change the layout, which a run can't") func thawing() throws {
    let batches = [4, 5].map { [Example].random($0, inputs: 4, classes: 3, seed: UInt64($0)) }
    let recorder = try Recorder(directory: scratch("run"), options: options())
    try recorder.capture(FineTunedNetwork(frozen: ["body"]), over: batches, step: 0)
    #expect(throws: CaptureError.self) {
      try recorder.capture(FineTunedNetwork(frozen: []), over: batches, step: 1)
    }
    try recorder.finish()
  }

  @Test("groups, gradients that are handed over, and what the disk refuses") func otherLoops() throws {
    let recorder = try Recorder(directory: scratch("run"), options: options { $0.rows = 3 })
    try capture(Classifier(), over: Array(probes[..<2]), and: [probes[2]], step: 0, with: recorder)
    captureOrGoOn(Classifier(), over: probes, step: 1, with: recorder)
    for step in 2...4 { try observe(Classifier(), on: probes[step - 2], step: step, with: recorder) }
    try recorder.finish()
    for step in [0, 1, 4] {
      expect(try Rows(scratch("run/step-0000000\(step).h5")), derivatives)
    }
    #expect(try Rows(scratch("run/step-00000000.h5")).description.groups?.ids == [0, 0, 1])
    #expect(try Rows(scratch("run/step-00000000.h5")).description.batchHashes != nil)
  }
}
