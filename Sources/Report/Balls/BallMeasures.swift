internal import Regret

/// What one ball has of the measures that are told over training.
struct BallMeasures {
  var regret: Estimate
  var cosine: Estimate
  var norm: Estimate?
  /// Regret ÷ norm; its error is known of the estimate only.
  var relativeRegret: Estimate?
  /// Examples.
  var noiseScale: Estimate?
}

extension Audit {
  /// Those of `ball`; nil where it was not measured, or the file does not support it.
  func measures(_ ball: Ball) -> BallMeasures? {
    switch ball {
    case .estimate:
      kl?.supportedEstimate.map {
        BallMeasures(
          regret: $0.regret, cosine: $0.cosine, norm: $0.norm, relativeRegret: $0.relativeRegret,
          noiseScale: $0.noiseScale)
      }
    case .heldOut: kl?.heldOut.map { BallMeasures(regret: $0.regret, cosine: $0.cosine) }
    case .inSample: kl?.inSample.map(BallMeasures.init)
    case .euclidean: euclidean.map(BallMeasures.init)
    }
  }
}

extension BallMeasures {
  init(_ statistics: PairStatistics) {
    self.init(
      regret: statistics.regret, cosine: statistics.cosine, norm: statistics.norm,
      relativeRegret: Estimate(value: statistics.relativeRegret, standardError: nil), noiseScale: statistics.noiseScale)
  }
}

extension KLMeasures {
  /// The population's estimate where the file supports it.
  var supportedEstimate: PopulationEstimate? { estimate.flatMap { $0.isSupported ? $0 : nil } }
}
