public import Regret

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

  /// The settings of its training, without the prefix. The seed is not one of them.
  public var hyperparameters: [String: Double] { metrics.strippingPrefix("hyperparameter.") }

  /// The seed, if it was recorded.
  public var seed: Double? { metrics["seed"] }

  /// Loss on data that training has not seen less the training loss [nats], or whatever the run recorded as
  /// `generalization_gap` or ``gapMetric``; nil where neither is known.
  public var generalizationGap: Double? {
    if let gapMetric { return metrics[gapMetric] }
    return metrics["generalization_gap"]
      ?? metrics["validation_loss"].flatMap { validation in metrics["train_loss"].map { validation - $0 } }
  }

  /// Standard error of the gap, if it was recorded.
  public var gapError: Double? { metrics[(gapMetric ?? "generalization_gap") + "_error"] }

  /// The audit's measures, then those that the run recorded itself under `measure.`, by name.
  public var allMeasures: [MeasuredValue] {
    measures
      + metrics.strippingPrefix("measure.").sorted { $0.key < $1.key }.map {
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
