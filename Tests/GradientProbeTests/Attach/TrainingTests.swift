import Foundation
import TestSupport
import Testing

@testable import GradientProbe

@Suite("Code in the article on how models are trained records what is defined", .tags(.documentation))
struct TrainingTests {
  private let scratch: Scratch

  init() throws { scratch = try Scratch() }

  @Test("loss scaling: rows are of the loss itself", arguments: [64, 1_024] as [Float])
  func lossScaling(scale: Float) throws {
    let found = try rows(HalfPrecisionClassifier(lossScale: scale), Reference.probes, in: scratch("run"))
    expect(found, Reference.derivatives, within: 5e-3)
  }

  @Test("loss scaling: what would vanish in half precision is there")
  func smallGradients() throws {
    let small = Reference.probes.map { batch in
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
    var batches = Reference.probes
    for index in batches[1].indices { batches[1][index].inputs = batches[1][index].inputs.map { 64 * $0 } }
    let recorder = try halfPrecisionRecorder(scratch("run"))
    let model = HalfPrecisionClassifier(lossScale: 8_192)
    try #require(model.scaledPass(over: batches[1]).gradients[0].contains { !$0.isFinite })
    try recorder.capture(model, over: batches, step: 0)
    try recorder.finish()
    let found = try Rows(recorder.directory + "/step-00000000.h5")
    #expect(found.description.batchSizes == [3, 2])
    expect(found, [Reference.derivatives[0], Reference.derivatives[2]], within: 5e-3)
    #expect(throws: CaptureError.self) {
      let strict = try Recorder(directory: scratch("strict"), options: options())
      try strict.capture(model, over: batches, step: 0)
    }
  }

  @Test("accumulated gradients are of the mean over all examples", arguments: [[1, 1, 1], [3], [2, 1], [1, 4, 2]])
  func accumulation(sizes: [Int]) throws {
    let microbatches = sizes.enumerated().map { [Example].random($1, inputs: 64, classes: 10, seed: UInt64(9 + $0)) }
    let batches = [microbatches, [Reference.probes[0], Reference.probes[1]]]
    let found = try rows(AccumulatingClassifier(), batches, in: scratch("run"))
    #expect(found.description.batchSizes == [sizes.reduce(0, +), 7])
    expect(found, batches.map { Classifier().derivative($0.flatMap { $0 }) })
    for (loss, batch) in zip(found.description.losses, batches) {
      #expect(abs(loss - Reference.classifierLoss(Classifier().theta, batch.flatMap { $0 })) < 1e-5)
    }
  }

  @Test("frozen parameters are in no row", arguments: [[], ["body"], ["head"]] as [Set<String>])
  func frozenParameters(frozen: Set<String>) throws {
    let model = FineTunedNetwork(frozen: frozen)
    let batches = [4, 5].map { [Example].random($0, inputs: 4, classes: 3, seed: UInt64($0)) }
    let found = try rows(model, batches, in: scratch("run"))
    #expect(found.description.tensors.map(\.name) == ["body", "head"].filter { !frozen.contains($0) })
    let theta = wide(model.parameters[0].values + model.parameters[1].values)
    func loss(_ theta: [Double], _ batch: [Example]) -> Double {
      batch.reduce(0) { sum, example in
        let hidden = (0..<3).map { unit in
          tanh((0..<4).reduce(0) { $0 + theta[4 * unit + $1] * Double(example.inputs[$1]) })
        }
        let logits = (0..<3).map { c in (0..<3).reduce(0) { $0 + theta[12 + 3 * c + $1] * hidden[$1] } }
        return sum + Reference.crossEntropy(logits, example.label)
      } / Double(batch.count)
    }
    let columns = (frozen.contains("body") ? [] : Array(0..<12)) + (frozen.contains("head") ? [] : Array(12..<21))
    expect(
      found,
      batches.map { batch in
        let all = Reference.differences(theta) { loss($0, batch) }
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
}
