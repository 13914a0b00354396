internal import CheckpointHDF5

/// The factor rows of a model: which kinds, how many, and how each is filled.
struct FactorSource<Model: Probe> {
  private let model: Model
  private let kinds: [FisherKind]
  let draws: Int
  private let exampleLimit: Int
  private let seed: UInt64
  /// C of a model with outputs, else 1.
  private let outputCount: Int

  /// The best kind of rows that are asked for, which pilot rows are of; nil without any.
  var pilotKind: FisherKind? { kinds.first }

  /// Whether rows of drawn labels are asked for.
  var wantsSamples: Bool { kinds.contains(.sampled) }

  /// Throws where the options ask for factors that the model cannot make.
  init(_ model: Model, options: RecorderOptions) throws(CaptureError) {
    self.model = model
    draws = max(1, options.sampledDraws)
    exampleLimit = max(1, options.factorExamples ?? .max)
    seed = options.seed
    let asked = options.factors ?? (model is any LabelSamplingProbe ? [.sampled] : [])
    kinds = FisherKind.allCases.filter { asked.contains($0) && $0.isStored }
    for kind in kinds {
      if kind == .sampled, !(model is any LabelSamplingProbe) {
        throw .unavailableFactors(kind, needs: "a LabelSamplingProbe or an OutputProbe")
      }
      if kind != .sampled, !(model is any OutputProbe) { throw .unavailableFactors(kind, needs: "an OutputProbe") }
    }
    let likelihood = (model as? any OutputProbe)?.likelihood
    if let likelihood, let reason = likelihood.fault { throw .invalidLikelihood(reason) }
    outputCount = likelihood?.outputCount ?? 1
  }

  /// What the file will hold for minibatches of `batchSizes` examples, of which those get factor rows that `hasFactors`
  /// tells.
  func headers(batchSizes: [Int], of hasFactors: [Bool]) -> [FactorHeader] {
    kinds.compactMap { kind in
      let minibatches = batchSizes.enumerated().flatMap { index, size in
        repeatElement(index, count: hasFactors[index] ? rowCount(kind, batchSize: size) : 0)
      }
      guard !minibatches.isEmpty else { return nil }
      return FactorHeader(kind: kind, rowCount: minibatches.count, minibatches: minibatches)
    }
  }

  private func rowCount(_ kind: FisherKind, batchSize: Int) -> Int {
    switch kind {
    case .exact: min(batchSize, exampleLimit) * outputCount
    case .empirical: min(batchSize, exampleLimit)
    case .sampled: draws
    case .minibatch: 0
    }
  }

  /// Takes a row's kind, its number within the minibatch and what fills it.
  typealias RowBody = (FisherKind, Int, (inout GradientRow) throws -> Void) throws -> Void

  /// Calls `body` for every factor row of `batch`, kind after kind.
  func forEachRow(of batch: Model.Batch, step: Int, minibatch: Int, _ body: RowBody) throws {
    guard !kinds.isEmpty else { return }
    var generator = SplitMix64(seed: seed, step: step, minibatch: minibatch)
    if let probe = model as? any OutputProbe {
      try forEachRow(of: probe, batch, &generator, body)
    } else if let probe = model as? any LabelSamplingProbe {
      try forEachSample(of: probe, batch, &generator, body)
    }
  }

  // In both functions below `Refined` is `Model` itself, seen as what more it is: their batches are the same type.

  private func forEachSample<Refined: LabelSamplingProbe>(
    of model: Refined, _ batch: Model.Batch, _ generator: inout SplitMix64, _ body: RowBody
  ) throws {
    let batch = batch as! Refined.Batch
    let scale = Float(model.batchSize(of: batch)).squareRoot()
    var draw = 0
    try model.sampledGradients(over: batch, draws: draws, using: &generator) { fill in
      guard draw < draws else { throw CaptureError.wrongDrawCount(expected: draws, found: draw + 1) }
      try withoutActuallyEscaping(fill) { fill in
        try body(.sampled, draw) { row in
          row.factor = scale
          try fill(&row)
        }
      }
      draw += 1
    }
    guard draw == draws else { throw CaptureError.wrongDrawCount(expected: draws, found: draw) }
  }

  private func forEachRow<Refined: OutputProbe>(
    of model: Refined, _ batch: Model.Batch, _ generator: inout SplitMix64, _ body: RowBody
  ) throws {
    let batch = batch as! Refined.Batch
    let likelihood = model.likelihood
    let batchSize = model.batchSize(of: batch)
    let exampleCount = min(batchSize, exampleLimit)
    let outputs = try model.checkedOutputs(over: batch)
    for kind in kinds {
      switch kind {
      case .exact:
        let scale = Double(outputCount).squareRoot()
        for example in 0..<exampleCount {
          let factors = likelihood.fisherFactors(likelihood.example(example, of: outputs.values))
          for (output, factor) in factors.enumerated() {
            let cotangent = factor.map { Float(scale * $0) }
            try body(.exact, example * outputCount + output) { try outputs.examplePullback(example, cotangent, &$0) }
          }
        }
      case .sampled:
        let scale = Float(batchSize).squareRoot()
        for draw in 0..<draws {
          let targets = likelihood.drawTargets(outputs.values, using: &generator)
          let cotangent = likelihood.meanLossCotangent(outputs.values, targets).map { scale * $0 }
          try body(.sampled, draw) { try outputs.pullback(cotangent, &$0) }
        }
      case .empirical:
        let targets = try model.checkedTargets(of: batch)
        for example in 0..<exampleCount {
          let z = likelihood.example(example, of: outputs.values)
          let cotangent = likelihood.lossCotangent(z, targets, example: example).map { Float($0) }
          try body(.empirical, example) { try outputs.examplePullback(example, cotangent, &$0) }
        }
      case .minibatch: break
      }
    }
  }
}

extension SplitMix64 {
  /// The draws of one minibatch of one step: the same whatever else was drawn before.
  init(seed: UInt64, step: Int, minibatch: Int) {
    var mixed = seed
    for number in [step, minibatch] {
      var generator = SplitMix64(seed: mixed)
      mixed = generator.next() ^ UInt64(bitPattern: Int64(number))
    }
    self.init(seed: mixed)
  }
}
