/// A model that gives its outputs and pulls cotangents back through them. The recorder does the statistics: `exact`,
/// `sampled` and `empirical` factors, and the loss and gradient as well, unless the model has better ones.
public protocol OutputProbe: LabelSamplingProbe {
  // Said again so that the compiler finds it from the methods below.
  associatedtype Batch

  /// The output distribution and its number of outputs C.
  var likelihood: Likelihood { get }

  /// What `batch` says the outputs should have been.
  func targets(of batch: Batch) throws -> Targets

  /// Outputs [B, C] for `batch`, with the pullback at this θ.
  func outputs(over batch: Batch) throws -> Outputs
}

extension OutputProbe {
  /// The likelihood's kind.
  public var likelihoodKind: LikelihoodKind { likelihood.kind }

  /// The likelihood's mean loss [nats], its derivative by the outputs pulled back.
  public func gradient(over batch: Batch, into gradient: inout GradientRow) throws -> Double {
    let outputs = try checkedOutputs(over: batch)
    let targets = try checkedTargets(of: batch)
    try outputs.pullback(likelihood.meanLossCotangent(outputs.values, targets), &gradient)
    return likelihood.meanLoss(outputs.values, targets)
  }

  /// The same with targets drawn from the likelihood at the outputs.
  public func sampledGradient(
    over batch: Batch, using generator: inout SplitMix64, into gradient: inout GradientRow
  ) throws {
    let outputs = try checkedOutputs(over: batch)
    let targets = likelihood.drawTargets(outputs.values, using: &generator)
    try outputs.pullback(likelihood.meanLossCotangent(outputs.values, targets), &gradient)
  }

  func checkedOutputs(over batch: Batch) throws -> Outputs {
    let outputs = try outputs(over: batch)
    let expected = batchSize(of: batch) * likelihood.outputCount
    guard outputs.values.count == expected else {
      throw CaptureError.wrongOutputCount(expected: expected, found: outputs.values.count)
    }
    guard outputs.values.allSatisfy(\.isFinite) else { throw CaptureError.nonFiniteOutputs }
    return outputs
  }

  func checkedTargets(of batch: Batch) throws -> Targets {
    let targets = try targets(of: batch)
    if let reason = likelihood.fault(in: targets, batchSize: batchSize(of: batch)) {
      throw CaptureError.wrongTargets(reason)
    }
    return targets
  }
}
