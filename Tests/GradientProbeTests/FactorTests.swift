import Foundation
import GradientProbe
import Testing

@Suite("Fisher factors agree with the definition", .tags(.fisher)) struct FactorTests {
  /// A captured checkpoint of `model`.
  func rows<Model: Probe>(_ model: Model, _ batches: [Model.Batch], _ change: (inout RecorderOptions) -> Void) throws
    -> Rows
  {
    try withTemporaryDirectory { directory in
      let recorder = try Recorder(directory: directory, options: options(change))
      try recorder.capture(model, over: batches, step: 0)
      try recorder.finish()
      return try Rows(directory + "/step-00000000.h5")
    }
  }

  func moment(_ rows: [[Float]]) -> [Double] {
    secondMoment(rows.map { $0.map(Double.init) }, scale: 1 / Double(rows.count))
  }

  @Test(arguments: TinyModel.likelihoods) func gradientsAreThoseOfTheMeanLoss(likelihood: Likelihood) throws {
    let model = TinyModel(likelihood)
    let rows = try rows(model, model.batches) { $0.factors = [] }
    #expect(rows.factors.isEmpty)
    #expect(rows.description.batchSizes == [3, 5, 4])
    for (index, batch) in model.batches.enumerated() {
      let reference = model.derivative { model.meanLoss(batch, $0) }
      #expect(relativeDifference(rows.gradients[index].map(Double.init), reference) < 1e-5)
      #expect(abs(rows.description.losses[index] - model.meanLoss(batch, model.theta)) < 1e-5)
    }
  }

  @Test(arguments: TinyModel.likelihoods) func exactFactorsMakeTheFisher(likelihood: Likelihood) throws {
    let model = TinyModel(likelihood)
    let rows = try rows(model, model.batches) { $0.factors = [.exact] }
    let factors = try #require(rows.factors[.exact])
    #expect(factors.count == 12 * likelihood.outputCount)
    #expect(relativeDifference(moment(factors), model.fisher(model.batches.flatMap(\.inputs))) < 1e-4)
    // And the rows of each minibatch make its own.
    let ids = try #require(rows.description.factors[0].minibatches)
    for (index, batch) in model.batches.enumerated() {
      let own = zip(factors, ids).filter { $0.1 == index }.map(\.0)
      #expect(own.count == batch.inputs.count * likelihood.outputCount)
      #expect(relativeDifference(moment(own), model.fisher(batch.inputs)) < 1e-4)
    }
  }

  @Test(arguments: TinyModel.likelihoods) func empiricalFactorsAreTheExamplesGradients(likelihood: Likelihood) throws {
    let model = TinyModel(likelihood)
    let rows = try rows(model, model.batches) { $0.factors = [.empirical] }
    let factors = try #require(rows.factors[.empirical])
    var examples: [[Double]] = []
    for batch in model.batches {
      for (x, y) in zip(batch.inputs, batch.targets) { examples.append(model.derivative { model.loss(x, y, $0) }) }
    }
    #expect(factors.count == examples.count)
    for (factor, example) in zip(factors, examples) {
      #expect(relativeDifference(factor.map(Double.init), example) < 1e-4)
    }
    #expect(rows.description.factors[0].minibatches == [0, 0, 0, 1, 1, 1, 1, 1, 2, 2, 2, 2])
  }

  @Test(arguments: TinyModel.likelihoods) func sampledFactorsConvergeToTheFisher(likelihood: Likelihood) throws {
    let model = TinyModel(likelihood)
    // Rows weigh minibatches equally, whatever their size.
    let fishers = model.batches.map { model.fisher($0.inputs) }
    let reference = fishers[0].indices.map { index in fishers.reduce(0) { $0 + $1[index] } / 3 }
    let errors = try [50, 3_200].map { draws in
      let rows = try rows(model, model.batches) {
        $0.factors = [.sampled]
        $0.sampledDraws = draws
      }
      let factors = try #require(rows.factors[.sampled])
      #expect(factors.count == 3 * draws)
      return relativeDifference(moment(factors), reference)
    }
    // 64 times the draws: an eighth of the error, give or take.
    #expect(errors[1] < 0.05)
    #expect(errors[1] < errors[0] / 3)
  }

  @Test(arguments: TinyModel.likelihoods) func labelSamplingModelsConvergeToo(likelihood: Likelihood) throws {
    let model = TinyModel(likelihood)
    let fishers = model.batches.map { model.fisher($0.inputs) }
    let reference = fishers[0].indices.map { index in fishers.reduce(0) { $0 + $1[index] } / 3 }
    let rows = try rows(TinySampler(model: model), model.batches) { $0.sampledDraws = 500 }
    #expect(rows.description.likelihood == .unspecified)
    #expect(relativeDifference(moment(try #require(rows.factors[.sampled])), reference) < 0.12)
  }

  @Test func theFirstExamplesOfEachMinibatchSuffice() throws {
    let model = TinyModel(.categorical(classes: 3))
    let rows = try rows(model, model.batches) {
      $0.factors = [.exact, .empirical, .sampled]
      $0.factorExamples = 2
    }
    #expect(rows.factors[.exact]?.count == 3 * 2 * 3)
    #expect(rows.factors[.empirical]?.count == 3 * 2)
    #expect(rows.factors[.sampled]?.count == 3 * 4)
    let reference = model.fisher(model.batches.flatMap { $0.inputs.prefix(2) })
    #expect(relativeDifference(moment(rows.factors[.exact]!), reference) < 1e-4)
  }

  @Test func anExamplesOwnPullbackGivesTheSameRows() throws {
    struct Own: OutputProbe {
      let model: TinyModel
      var tensors: [TensorLayout] { model.tensors }
      var likelihood: Likelihood { model.likelihood }
      func batchSize(of batch: TinyBatch) -> Int { model.batchSize(of: batch) }
      func targets(of batch: TinyBatch) -> Targets { model.targets(of: batch) }
      func outputs(over batch: TinyBatch) -> Outputs {
        let outputs = model.outputs(over: batch)
        return Outputs(
          outputs.values,
          examplePullback: { example, cotangent, row in
            let one = TinyBatch(inputs: [batch.inputs[example]], targets: [])
            try model.outputs(over: one).pullback(cotangent, &row)
          }, pullback: outputs.pullback)
      }
    }
    let model = TinyModel(.categorical(classes: 3))
    let whole = try rows(model, model.batches) { $0.factors = [.exact, .empirical] }
    let single = try rows(Own(model: model), model.batches) { $0.factors = [.exact, .empirical] }
    for kind in [FisherKind.exact, .empirical] {
      for (a, b) in zip(whole.factors[kind]!, single.factors[kind]!) {
        #expect(zip(a, b).allSatisfy { abs($0 - $1) < 1e-5 })
      }
    }
  }

  @Test func withoutBeingAskedAModelGivesWhatIsCheap() throws {
    let model = TinyModel(.bernoulli(outputs: 2))
    #expect(try rows(model, model.batches) { _ in }.description.factors.map(\.kind) == [.sampled])
    #expect(try rows(Echo(), Echo.batches(3)) { _ in }.description.factors.isEmpty)
  }

  @Test(arguments: [FisherKind.exact, .sampled, .empirical]) func factorsThatAModelCannotMakeAreRefused(
    kind: FisherKind
  ) {
    #expect {
      try rows(Echo(), Echo.batches(2)) { $0.factors = [kind] }
    } throws: { error in
      if case CaptureError.unavailableFactors(kind, _) = error { true } else { false }
    }
  }

  @Test func drawsRepeatBitForBit() throws {
    let model = TinyModel(.categorical(classes: 3))
    let first = try rows(model, model.batches) { $0.seed = 1 }
    let second = try rows(model, model.batches) { $0.seed = 1 }
    let other = try rows(model, model.batches) { $0.seed = 2 }
    #expect(first.factors == second.factors)
    #expect(first.factors != other.factors)
  }
}
