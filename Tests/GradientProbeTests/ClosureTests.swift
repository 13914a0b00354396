import Foundation
import TestSupport
import Testing

@testable import GradientProbe

/// A softmax classifier without hidden layers, 3 classes of 4 inputs, and minibatches of its examples.
private struct Softmax: OutputProbe {
  struct Example: Sendable {
    var inputs: [Float]
    var label: Int
  }

  let weight: [Float] = (0..<12).map { Float($0 % 5) * 0.3 - 0.5 }
  let tensors = [TensorLayout("weight", shape: [3, 4]), TensorLayout("bias", shape: [3])]
  let likelihood = Likelihood.categorical(classes: 3)

  static let batches: [[Example]] = (0..<4).map { batch in
    (0..<5).map { Example(inputs: (0..<4).map { Float(($0 + 1) * (batch + 2) % 7) * 0.2 }, label: ($0 + batch) % 3) }
  }

  func targets(of batch: [Example]) -> Targets { .classes(batch.map(\.label)) }
  func outputs(over batch: [Example]) -> Outputs {
    Outputs(logits(batch)) { cotangent, row in try row.append(contentsOf: backward(batch, cotangent)) }
  }

  func logits(_ batch: [Example]) -> [Float] {
    batch.flatMap { example in
      (0..<3).map { unit in (0..<4).reduce(Float(0)) { $0 + weight[unit * 4 + $1] * example.inputs[$1] } }
    }
  }

  func backward(_ batch: [Example], _ cotangent: [Float]) -> [[Float]] {
    var (weight, bias) = ([Float](repeating: 0, count: 12), [Float](repeating: 0, count: 3))
    for (index, example) in batch.enumerated() {
      for unit in 0..<3 {
        bias[unit] += cotangent[index * 3 + unit]
        for input in 0..<4 { weight[unit * 4 + input] += cotangent[index * 3 + unit] * example.inputs[input] }
      }
    }
    return [weight, bias]
  }

  /// Of the mean loss for `labels`.
  func gradients(_ batch: [Example], _ labels: [Int]) -> [[Float]] {
    backward(batch, likelihood.meanLossCotangent(logits(batch), .classes(labels)))
  }

  func loss(_ batch: [Example]) -> Double { likelihood.meanLoss(logits(batch), targets(of: batch)) }
}

extension Softmax {
  /// What the checkpoint of a capture holds.
  static func rows<Model: Probe>(_ model: Model, _ options: RecorderOptions) throws -> Rows
  where Model.Batch == [Example] {
    try withTemporaryDirectory { directory in
      let recorder = try Recorder(directory: directory, options: options)
      try recorder.capture(model, over: batches, step: 3)
      try recorder.finish()
      return try Rows(directory + "/step-00000003.h5")
    }
  }

  var gradientSource: GradientSource<[Example]> {
    GradientSource(tensors: tensors, likelihoodKind: .categorical) { batch, row in
      try row.append(contentsOf: gradients(batch, batch.map(\.label)))
      return loss(batch)
    }
  }
}

@Suite("Probes of closures, and of passes that are awaited") struct ClosureTests {
  private static let all = options {
    $0.factors = [.exact, .sampled, .empirical]
    $0.sampledDraws = 3
  }
  private static let sampled = options {
    $0.factors = [.sampled]
    $0.sampledDraws = 3
  }

  @Test("record what a conformance records")
  func closures() throws {
    let expected = try Softmax.rows(Softmax(), Self.all)
    let model = Softmax()
    let source = OutputSource(
      tensors: model.tensors, likelihood: model.likelihood, batchSize: \.count,
      targets: { (batch: [Softmax.Example]) in model.targets(of: batch) }, outputs: { model.outputs(over: $0) })
    let found = try Softmax.rows(source, Self.all)
    #expect(found.gradients == expected.gradients && found.description.losses == expected.description.losses)
    #expect(found.factors == expected.factors && found.factors.count == 3)
    #expect(found.description.likelihood == .categorical)

    let plain = try Softmax.rows(model.gradientSource, options { $0.factors = [] })
    #expect(plain.gradients == expected.gradients && plain.factors.isEmpty)
  }

  @Test("draw all labels of a minibatch from one forward pass")
  func oneForwardPass() throws {
    let model = Softmax()
    var passes = 0
    let source = LabelSamplingSource(model.gradientSource) { batch, draws, generator, add in
      passes += 1
      let logits = model.logits(batch)
      for _ in 0..<draws {
        let labels = generator.drawClasses(logits: logits, count: 3)
        try add { try $0.append(contentsOf: model.gradients(batch, labels)) }
      }
    }
    let expected = try Softmax.rows(model, Self.sampled)
    let found = try Softmax.rows(source, Self.sampled)
    #expect(passes == Softmax.batches.count)
    #expect(found.factors[.sampled]?.count == 12)
    // The same draws, scaled before or behind the way back.
    for (one, other) in zip(found.factors[.sampled]!, expected.factors[.sampled]!) {
      for (a, b) in zip(one, other) { #expect(abs(a - b) <= 1e-5 * max(1, abs(b))) }
    }
  }

  @Test("make as many draws as are asked for, or say so", arguments: [2, 4])
  func drawCount(draws: Int) throws {
    let model = Softmax()
    let source = LabelSamplingSource(model.gradientSource) { batch, _, _, add in
      for _ in 0..<draws { try add { try $0.append(contentsOf: model.gradients(batch, batch.map(\.label))) } }
    }
    let expected = CaptureError.inMinibatch(0, .wrongDrawCount(expected: 3, found: draws))
    #expect(throws: expected) { try Softmax.rows(source, Self.sampled) }
  }

  @Test("of awaited passes record what others do, on the caller's actor", arguments: [false, true])
  @MainActor func awaited(isRepeated: Bool) async throws {
    var asked = Self.sampled
    asked.repeatsGradient = isRepeated
    // A source that draws as the awaited model does: labels first, √B behind the way back.
    let model = Softmax()
    let source = LabelSamplingSource(model.gradientSource) { batch, draws, generator, add in
      for _ in 0..<draws {
        let labels = generator.drawClasses(logits: model.logits(batch), count: 3)
        try add { try $0.append(contentsOf: model.gradients(batch, labels)) }
      }
    }
    let expected = try Softmax.rows(source, asked)
    let directory = try Scratch()
    let recorder = try Recorder(directory: directory.path, options: asked)
    try await recorder.capture(Awaited(), over: Softmax.batches, step: 3)
    try await recorder.capture(
      Awaited(), over: ["train": Softmax.batches[..<2], "validation": Softmax.batches[2...]], step: 4)
    try recorder.finish()
    let found = try Rows(directory.path + "/step-00000003.h5")
    #expect(found.gradients == expected.gradients && found.factors == expected.factors)
    #expect(found.description.losses == expected.description.losses)
    #expect(found.parameters == Array(repeating: 1, count: 15))
    #expect((found.description.metrics["repeat_difference"] == 0) == isRepeated)
    #expect(try Rows(directory.path + "/step-00000004.h5").description.groups?.names == ["train", "validation"])
  }

  @Test("of awaited closures record what an awaited conformance records, on the caller's actor")
  @MainActor func awaitedClosures() async throws {
    let model = Awaited()
    let gradients = AsyncGradientSource(
      tensors: model.tensors, likelihoodKind: .categorical, batchSize: \.count,
      batchHash: { (batch: [Softmax.Example]) in UInt64(10 + batch[0].label) },
      parameters: {
        MainActor.assertIsolated()
        try await model.parameters(into: &$0)
      }
    ) { batch, row in
      MainActor.assertIsolated()
      return try await model.gradient(over: batch, into: &row)
    }
    let source = AsyncLabelSamplingSource(gradients) { batch, generator, row in
      MainActor.assertIsolated()
      try await model.sampledGradient(over: batch, using: &generator, into: &row)
    }
    let scratch = try Scratch()
    func rows<Model: AsyncProbe>(
      _ name: String, _ model: Model, _ asked: RecorderOptions
    ) async throws -> Rows where Model.Batch == [Softmax.Example] {
      let recorder = try Recorder(directory: scratch(name), options: asked)
      try await recorder.capture(model, over: Softmax.batches, step: 3)
      try recorder.finish()
      return try Rows(scratch(name) + "/step-00000003.h5")
    }
    let expected = try await rows("conformance", model, Self.sampled)
    let found = try await rows("sampling", source, Self.sampled)
    let plain = try await rows("gradients", gradients, options())
    for rows in [found, plain] {
      #expect(rows.gradients == expected.gradients && rows.description.losses == expected.description.losses)
      #expect(rows.parameters == expected.parameters && rows.parameters?.count == 15)
      #expect(rows.description.batchHashes == Softmax.batches.map { UInt64(10 + $0[0].label) })
      #expect(rows.description.batchSizes == [5, 5, 5, 5] && rows.description.likelihood == .categorical)
    }
    #expect(found.factors == expected.factors && found.factors[.sampled]?.count == 12)
    #expect(plain.factors.isEmpty)
  }

  @Test("of awaited passes that fail cost that capture alone")
  @MainActor func awaitedFailure() async throws {
    struct Lost: Error {}
    final class Failing: AsyncProbe {
      let tensors = Softmax().tensors
      var calls = 0
      func gradient(over batch: [Softmax.Example], into gradient: inout GradientRow) async throws -> Double {
        await Task.yield()
        calls += 1
        if calls == 2 { throw Lost() }
        try gradient.append(contentsOf: Softmax().gradients(batch, batch.map(\.label)))
        return 1
      }
    }
    let directory = try Scratch()
    let recorder = try Recorder(directory: directory.path, options: options { $0.factors = [] })
    let model = Failing()
    await #expect(throws: Lost.self) { try await recorder.capture(model, over: Softmax.batches, step: 1) }
    try await recorder.capture(model, over: Softmax.batches, step: 2)
    await #expect(throws: CaptureError.self) {
      try await recorder.capture(model, over: Softmax.batches.prefix(1), step: 3)
    }
    try recorder.finish()
    #expect(try names(in: directory.path) == ["step-00000002.h5"])
  }

  @Test("with tensors that lie in one stack, tell of each layer")
  func stacked() throws {
    #expect([TensorLayout].stacked("qkv", layers: 2, shape: [3, 4]).map(\.name) == ["qkv.0", "qkv.1"])
    let source = GradientSource(tensors: .stacked("qkv", layers: 3, shape: [2]) + [TensorLayout("head", shape: [1])]) {
      (batch: [Float], row) in
      try row.append(stacked: [1, 2, 3, 4, 5, 6], count: 3)
      try row.append(contentsOf: [batch])
      return 1
    }
    try withTemporaryDirectory { directory in
      let recorder = try Recorder(directory: directory, options: options())
      try recorder.capture(source, over: [[7], [8]], step: 0)
      #expect(throws: CaptureError.self) {
        let wrong = GradientSource(tensors: source.tensors) { (_: [Float], row) in
          try row.append(stacked: [1, 2, 3, 4], count: 3)
          return 1
        }
        try recorder.capture(wrong, over: [[7], [8]], step: 1)
      }
      try recorder.finish()
      let rows = try Rows(directory + "/step-00000000.h5")
      #expect(rows.gradients == [[1, 2, 3, 4, 5, 6, 7], [1, 2, 3, 4, 5, 6, 8]])
      #expect(rows.description.tensors.map(\.name) == ["qkv.0", "qkv.1", "qkv.2", "head"])
    }
  }

  @Test("draw classes as often as they are probable")
  func classes() {
    var generator = SplitMix64(seed: 9)
    let count = 30_000
    let logits: [Float] = [0, 1, -1, 0.5]
    let weights = logits.map { exp(Double($0)) }
    let total = weights.reduce(0, +)
    let probabilities = weights.map { Float($0 / total) }
    let drawn = [
      generator.drawClasses(logits: Array(repeatElement(logits, count: count).joined()), count: 4),
      generator.drawClasses(probabilities: Array(repeatElement(probabilities, count: count).joined()), count: 4),
    ]
    for classes in drawn {
      #expect(classes.count == count)
      for (index, probability) in probabilities.enumerated() {
        let share = Double(classes.count { $0 == index }) / Double(count)
        let error = (Double(probability) * Double(1 - probability) / Double(count)).squareRoot()
        #expect(abs(share - Double(probability)) < 4.5 * error)
      }
    }
    #expect(generator.drawClasses(probabilities: [0, 2, 3, 0], count: 2) == [1, 0])
  }
}

/// The same classifier, whose passes are awaited.
private struct Awaited: AsyncLabelSamplingProbe {
  let tensors = Softmax().tensors
  let likelihoodKind = LikelihoodKind.categorical

  func gradient(over batch: [Softmax.Example], into gradient: inout GradientRow) async throws -> Double {
    await Task.yield()
    try gradient.append(contentsOf: Softmax().gradients(batch, batch.map(\.label)))
    return Softmax().loss(batch)
  }

  func sampledGradient(
    over batch: [Softmax.Example], using generator: inout SplitMix64, into gradient: inout GradientRow
  ) async throws {
    await Task.yield()
    let labels = generator.drawClasses(logits: Softmax().logits(batch), count: 3)
    try gradient.append(contentsOf: Softmax().gradients(batch, labels))
  }

  func parameters(into row: inout GradientRow) async throws {
    try row.writeAll([Float](repeating: 1, count: 15))
  }
}
