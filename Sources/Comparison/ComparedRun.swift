public import Regret

#if canImport(Darwin)
  internal import Darwin
#else
  internal import Glibc
#endif

/// One trained model as the comparison sees it: what the run recorded and what the audit measured.
public struct ComparedRun: Hashable, Codable, Sendable {
  /// What it is called in tables: a file or a directory.
  public let name: String
  /// The metrics of its checkpoint file. Names that begin with `hyperparameter.` are settings of its training, `seed` is
  /// the seed, `generalization_gap` the target of rank correlations, `generalization_gap_error` its standard error, and
  /// `measure.` begins a measure that the run computed itself.
  public let metrics: [String: Double]
  /// The audit's numbers by their paths in the report, such as `kl.in_sample.regret`, in the report's order.
  public let measures: [MeasuredValue]
  /// The metric that stands for the generalization gap, its standard error the metric of that name and `_error`; nil for
  /// `generalization_gap`, or what the losses tell.
  public let gapMetric: String?

  /// The run `name` with its `metrics` and `measures`.
  public init(name: String, metrics: [String: Double], measures: [MeasuredValue], gapMetric: String? = nil) {
    self.name = name
    self.metrics = metrics
    self.measures = measures
    self.gapMetric = gapMetric
  }

  /// The settings of its training that are finite, without the prefix. The seed is not one of them.
  public var hyperparameters: [String: Double] {
    metrics.strippingPrefix("hyperparameter.").filter { $0.value.isFinite }
  }

  /// The seed, if it was recorded.
  public var seed: Double? { finite(metrics["seed"]) }

  private func finite(_ metric: Double?) -> Double? { metric.flatMap { $0.isFinite ? $0 : nil } }

  /// Loss on data that training has not seen less the training loss [nats], or whatever the run recorded as
  /// `generalization_gap` or ``gapMetric``; nil where neither is known and finite.
  public var generalizationGap: Double? {
    if let gapMetric { return finite(metrics[gapMetric]) }
    return finite(
      metrics["generalization_gap"]
        ?? metrics["validation_loss"].flatMap { validation in
          metrics["train_loss"].map { Self.difference(validation, $0) }
        })
  }

  /// Standard error of the gap, if it was recorded and is one.
  public var gapError: Double? {
    finite(metrics[(gapMetric ?? "generalization_gap") + "_error"]).flatMap { $0 >= 0 ? $0 : nil }
  }

  /// To twelve decimal digits of the larger loss, so that equal gaps of decimal losses, 0.3 − 0.2 and 0.7 − 0.6, are ties.
  private static func difference(_ validation: Double, _ training: Double) -> Double {
    let largest = max(abs(validation), abs(training))
    guard largest > 1e-200, largest < 1e200 else { return validation - training }
    let unit = pow(10, 12 - log10(largest).rounded(.up))
    return ((validation - training) * unit).rounded() / unit
  }

  /// The audit's measures, then those that the run recorded itself under `measure.`, by name; of one name the audit's.
  public var allMeasures: [MeasuredValue] {
    let names = Set(measures.map(\.name))
    return measures
      + metrics.strippingPrefix("measure.").sorted { $0.key < $1.key }.filter { !names.contains($0.key) }.map {
        MeasuredValue($0.key, Estimate(value: $0.value, standardError: nil))
      }
  }
}

/// A number and what it is called.
public struct MeasuredValue: Hashable, Codable, Sendable {
  /// Its path in the report, such as `euclidean.regret`.
  public let name: String
  /// The number, with its standard error where it has one.
  public let estimate: Estimate

  /// `estimate` under `name`.
  public init(_ name: String, _ estimate: Estimate) {
    self.name = name
    self.estimate = estimate
  }
}

extension [String: Double] {
  fileprivate func strippingPrefix(_ prefix: String) -> [String: Double] {
    [String: Double](
      uniqueKeysWithValues: compactMap { key, value in
        key.hasPrefix(prefix) ? (String(key.dropFirst(prefix.count)), value) : nil
      })
  }
}
