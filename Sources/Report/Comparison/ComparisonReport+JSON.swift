internal import Checkpoint
internal import Comparison
internal import Regret

extension ComparisonReport {
  /// The comparison for programs.
  public var json: JSONValue {
    [
      "schema": .string(Self.schema),
      "runs": .array(zip(members, runs).map(Self.json)),
      "ranking": Ranking(of: runs, by: mainMeasure).json,
      "correlations": correlations?.json ?? nil,
      "contrast": contrast?.json ?? nil,
      "warnings": .array(warnings.map(JSONValue.string)),
      "failures": .array(failures.map { ["file": .string($0.file), "message": .string($0.message)] }),
    ]
  }

  private static func json(_ member: Member, _ run: ComparedRun) -> JSONValue {
    [
      "name": .string(member.name),
      "file": .string(member.checkpoint.file),
      "step": .integer(member.checkpoint.description.step),
      "generalization_gap": JSONValue(run.generalizationGap),
      "metrics": .object(run.metrics.sorted { $0.key < $1.key }.map { .init(key: $0.key, value: JSONValue($0.value)) }),
      "measures": .object(run.allMeasures.map { .init(key: $0.name, value: $0.estimate.json) }),
    ]
  }

  /// One row a model, its metrics and measures as columns.
  public var csv: String {
    let metrics = Set(runs.flatMap(\.metrics.keys)).sorted()
    var measures: [String] = []
    var seen: Set<String> = []
    for run in runs { measures += run.allMeasures.map(\.name).filter { seen.insert($0).inserted } }
    var header = ["name", "file", "step", "generalization_gap"]
    header += metrics.map { "metrics.\($0)" }
    for measure in measures { header += [measure, "\(measure).stderr"] }
    var output = header.map(\.csvField).joined(separator: ",") + "\n"
    for (member, run) in zip(members, runs) {
      let values = Dictionary(run.allMeasures.map { ($0.name, $0.estimate) }) { first, _ in first }
      var fields = [member.name.csvField, member.checkpoint.file.csvField]
      fields.append(String(member.checkpoint.description.step))
      fields.append(run.generalizationGap.csvNumber)
      for metric in metrics { fields.append(run.metrics[metric]?.csvMetric ?? "") }
      for measure in measures {
        fields += [values[measure]?.value.csvNumber ?? "", values[measure]?.standardError.csvNumber ?? ""]
      }
      output += fields.joined(separator: ",") + "\n"
    }
    return output
  }
}

extension Ranking {
  var json: JSONValue {
    [
      "measure": .string(measure),
      "places": .array(
        places.map { place in
          [
            "run": .string(place.run), "rank": .integer(place.rank), "estimate": place.estimate.json,
            "difference": place.difference.json, "distinct": place.isDistinct.map(JSONValue.bool) ?? nil,
          ]
        }),
    ]
  }
}

extension Interval {
  var json: JSONValue { ["lower": JSONValue(lower), "upper": JSONValue(upper)] }
}

extension CorrelationTable {
  var json: JSONValue {
    [
      "runs": .integer(runs),
      "settings": .integer(settings),
      "hyperparameters": .array(hyperparameters.map(JSONValue.string)),
      "confidence": JSONValue(confidence),
      "too_few_runs": .bool(hasTooFewRuns),
      "measures": .array(
        rows.map { row in
          [
            "measure": .string(row.measure), "runs": .integer(row.runs), "tau": JSONValue(row.tau),
            "interval": row.interval?.json ?? nil, "p": JSONValue(row.pValue),
            "p_adjusted": JSONValue(row.adjustedPValue),
            "granulated_tau": JSONValue(row.granulated?.value),
            "granulated": row.granulated.map { granulated in
              .array(
                granulated.parts.map {
                  [
                    "hyperparameter": .string($0.hyperparameter), "tau": JSONValue($0.value),
                    "groups": .integer($0.groups),
                  ]
                })
            } ?? nil,
            "sign_error": row.signError.map {
              [
                "mean": JSONValue($0.mean), "maximum": JSONValue($0.maximum),
                "ninetieth_percentile": JSONValue($0.ninetiethPercentile), "environments": .integer($0.errors.count),
                "undecided": .integer($0.undecided),
              ]
            } ?? nil,
          ]
        }),
    ]
  }
}

extension MatchedContrast {
  var json: JSONValue {
    [
      "hyperparameter": .string(hyperparameter), "small": JSONValue(small), "large": JSONValue(large),
      "measures": .array(
        rows.map { row in
          [
            "measure": .string(row.measure), "pairs": .integer(row.pairs), "small": JSONValue(row.small),
            "large": JSONValue(row.large), "difference": JSONValue(row.difference),
            "interval": row.interval?.json ?? nil, "share_larger": JSONValue(row.shareLarger),
          ]
        }),
    ]
  }
}
