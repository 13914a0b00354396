internal import Checkpoint
internal import Regret

extension Audit {
  /// What sketching did to the numbers; null where rows are whole.
  var sketchJSON: JSONValue {
    guard let sketch else { return nil }
    return [
      "width": .integer(sketch.width),
      "pilot_kind": .string(sketch.pilotKind.rawValue),
      "pilot_rows": .integer(sketch.pilotRowCount),
      "dead_parameters": .integer(sketch.deadParameterCount),
      "effective_dimension": JSONValue(sketch.effectiveDimension),
      "correction": JSONValue(sketch.correction),
      "outside_pilot": JSONValue(sketch.outsidePilot),
      "outside_pilot_factors": JSONValue(sketch.outsidePilotFactors),
      "pilot_excess": JSONValue(sketch.pilotExcess),
      "length_error": JSONValue(sketch.lengthError),
      "errors": .object(sketchErrors.map { .init(key: $0.path, value: $0.error.map(\.json) ?? nil) }),
    ]
  }

  /// The standard errors and intervals that sketching gives, by the path of the number that they are of.
  var sketchErrors: [(path: String, error: SketchError?)] {
    func own(_ path: String, _ statistics: PairStatistics?) -> [(String, SketchError?)] {
      [
        (path + ".regret", statistics?.regret.sketch), (path + ".cosine", statistics?.cosine.sketch),
        (path + ".norm", statistics?.norm.sketch),
        (path + ".mean_gradient_square", statistics?.meanGradientSquare.sketch),
        (path + ".coherence", statistics?.coherence.sketch),
      ]
    }
    return own("euclidean", euclidean) + own("kl.in_sample", kl?.inSample)
      + [
        ("kl.held_out.regret", kl?.heldOut?.regret.sketch), ("kl.estimate.regret", kl?.estimate?.regret.sketch),
      ]
  }
}

extension SketchError {
  fileprivate var json: JSONValue {
    [
      "stderr": JSONValue(standardError), "low": JSONValue(interval.low), "high": JSONValue(interval.high),
    ]
  }
}
