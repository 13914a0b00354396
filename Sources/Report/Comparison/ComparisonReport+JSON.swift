internal import Checkpoint
internal import Comparison
internal import Regret

extension ComparisonReport {
  /// The comparison for programs.
  public var json: JSONValue {
    [
      "schema": .string(Self.schema),
      "runs": .array(zip(zip(members, runs), titles).map { Self.json($0.0, $0.1, $1) }),
      "ranking": anyRanking.json(withoutVerdict: incomparable(mainMeasure)),
      "correlations": correlations?.json(withoutVerdict: incomparableMeasures) ?? nil,
      "contrast": contrast?.json(withoutVerdict: incomparableMeasures) ?? nil,
      "incomparable": .object(incomparableMeasures.map { .init(key: $0.measure, value: .string($0.reason)) }),
      "warnings": .array(warnings.map(JSONValue.string)),
      "failures": .array(failures.map { ["file": .string($0.file), "message": .string($0.message)] }),
    ]
  }

  private static func json(_ member: Member, _ run: ComparedRun, _ title: String) -> JSONValue {
    [
      "name": .string(member.name), "title": .string(title),
      "run_name": JSONValue(member.checkpoint.description.configuration.name),
      "configuration": member.checkpoint.description.configuration.values.isEmpty
        ? nil : member.checkpoint.description.configuration.valuesJSON,
      "file": .string(member.checkpoint.file),
      "step": .integer(member.checkpoint.description.step),
      "generalization_gap": JSONValue(run.generalizationGap),
      "metrics": .object(run.metrics.sorted { $0.key < $1.key }.map { .init(key: $0.key, value: JSONValue($0.value)) }),
      "measures": .object(run.allMeasures.map { .init(key: $0.name, value: $0.estimate.json) }),
    ]
  }

  /// One row a model, its metrics and measures as columns.
  public var csv: String { columns.isEmpty ? wholeCSV : chosenCSV }

  /// The chosen columns, those that are estimates with their standard errors.
  private var chosenCSV: String {
    let values = columnValues
    let hasErrors = columns.indices.map { column in
      values.contains { if case .estimate? = $0[column] { true } else { false } }
    }
    var header = ["name", "file", "step"]
    for (path, hasError) in zip(columns, hasErrors) { header += hasError ? [path, path + ".stderr"] : [path] }
    var output = header.map(\.csvField).joined(separator: ",") + "\n"
    for (member, row) in zip(members, values) {
      var fields = [member.name.csvField, member.checkpoint.file.csvField]
      fields.append(String(member.checkpoint.description.step))
      for (value, hasError) in zip(row, hasErrors) {
        switch value {
        case .estimate(let estimate): fields += [estimate.value.csvNumber, estimate.standardError.csvNumber]
        case .number(let number): fields += [number.csvMetric] + (hasError ? [""] : [])
        case .text(let text): fields += [text.csvField] + (hasError ? [""] : [])
        case nil: fields += hasError ? ["", ""] : [""]
        }
      }
      output += fields.joined(separator: ",") + "\n"
    }
    return output
  }

  private var wholeCSV: String {
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
  /// Without ranks and differences where a `reason` says that the values can't be compared.
  func json(withoutVerdict reason: String?) -> JSONValue {
    [
      "measure": .string(measure),
      "places": .array(
        places.map { place in
          [
            "run": .string(place.run), "rank": reason == nil ? .integer(place.rank) : nil,
            "estimate": place.estimate.json, "difference": reason == nil ? place.difference.json : nil,
            "distinct": reason == nil ? place.isDistinct.map(JSONValue.bool) ?? nil : nil,
          ]
        }),
      "reason": JSONValue(reason),
    ]
  }
}

extension Interval {
  var json: JSONValue { ["lower": JSONValue(lower), "upper": JSONValue(upper)] }
}

extension CorrelationTable {
  /// The measures without a verdict have null for every figure, and the reason.
  func json(withoutVerdict barred: [(measure: String, reason: String)]) -> JSONValue {
    let without = barred.map { measure, reason -> JSONValue in
      let figures = [
        "runs", "tau", "interval", "p", "p_adjusted", "granulated_tau", "granulated", "too_few_runs", "partial",
        "sign_error",
      ]
      let nulls = figures.map { JSONValue.Member(key: $0, value: .null) }
      return .object(
        [.init(key: "measure", value: .string(measure))] + nulls + [.init(key: "reason", value: .string(reason))])
    }
    return [
      "runs": .integer(runs),
      "settings": .integer(settings),
      "hyperparameters": .array(hyperparameters.map(JSONValue.string)),
      "confidence": JSONValue(confidence),
      "too_few_runs": .bool(hasTooFewRuns),
      "given": JSONValue(given),
      "measures": .array(rows.map(\.json) + without),
    ]
  }
}

extension CorrelationTable.Row {
  fileprivate var json: JSONValue {
    [
      "measure": .string(measure), "runs": .integer(runs), "tau": JSONValue(tau),
      "interval": interval?.json ?? nil, "p": JSONValue(pValue),
      "p_adjusted": JSONValue(adjustedPValue),
      "granulated_tau": JSONValue(granulated?.value),
      "granulated": granulated.map { granulated in
        .array(
          granulated.parts.map {
            [
              "hyperparameter": .string($0.hyperparameter), "tau": JSONValue($0.value),
              "groups": .integer($0.groups),
            ]
          })
      } ?? nil,
      "too_few_runs": .bool(hasTooFewRuns),
      "partial": partial.map {
        ["tau": JSONValue($0.tau), "interval": $0.interval?.json ?? nil, "runs": .integer($0.runs)]
      } ?? nil,
      "sign_error": signError.map {
        [
          "mean": JSONValue($0.mean), "maximum": JSONValue($0.maximum),
          "ninetieth_percentile": JSONValue($0.ninetiethPercentile), "environments": .integer($0.errors.count),
          "undecided": .integer($0.undecided),
        ]
      } ?? nil,
      "reason": nil,
    ]
  }
}

extension MatchedContrast {
  /// The measures without a verdict have null for every figure, and the reason.
  func json(withoutVerdict barred: [(measure: String, reason: String)]) -> JSONValue {
    let without = barred.map { measure, reason -> JSONValue in
      let figures = ["pairs", "small", "large", "difference", "interval", "share_larger"]
      let nulls = figures.map { JSONValue.Member(key: $0, value: .null) }
      return .object(
        [.init(key: "measure", value: .string(measure))] + nulls + [.init(key: "reason", value: .string(reason))])
    }
    let with = rows.map { row -> JSONValue in
      [
        "measure": .string(row.measure), "pairs": .integer(row.pairs), "small": JSONValue(row.small),
        "large": JSONValue(row.large), "difference": JSONValue(row.difference),
        "interval": row.interval?.json ?? nil, "share_larger": JSONValue(row.shareLarger), "reason": nil,
      ]
    }
    return [
      "hyperparameter": .string(hyperparameter), "small": JSONValue(small), "large": JSONValue(large),
      "measures": .array(with + without),
    ]
  }
}
