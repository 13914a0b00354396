internal import Checkpoint
internal import Regret

/// A column of a comparison that somebody chose: a path of a checkpoint's JSON.
public enum ComparisonColumn {
  /// What one model has there.
  enum Value {
    case number(Double)
    case text(String)
    case estimate(Estimate)
  }

  /// Whether any file can have a value at `path`: a measure, or one of the file's own metrics and settings.
  public static func isPossible(_ path: String) -> Bool {
    let first = String(path.prefix { $0 != "." })
    if first == "configuration" || first == "slices" { return path.count > first.count + 1 }
    if ["name", "run", "file", "created", "sampling", "likelihood"].contains(path) { return true }
    return Gate(path: path, limit: 0).isPossible
  }
}

extension ComparisonReport {
  /// For each model the values of the chosen columns; nil where it has none.
  var columnValues: [[ComparisonColumn.Value?]] {
    guard !columns.isEmpty else { return members.map { _ in [] } }
    return members.map { member in
      let json = member.checkpoint.json
      let isSupported = member.checkpoint.audit.kl?.estimate?.isSupported ?? true
      return columns.map { path in
        // As everywhere else: an estimate that the file does not support is not shown beside one that it does.
        if !isSupported && path.contains("kl.estimate.") { return nil }
        return json.value(at: path).flatMap(ComparisonColumn.Value.init)
      }
    }
  }
}

extension ComparisonColumn.Value {
  init?(_ json: JSONValue) {
    if case .string(let text) = json {
      self = .text(text)
    } else if let value = json["value"]?.double {
      let interval = json["low"]?.double.map { Estimate.Interval(low: $0, high: json["high"]?.double) }
      self = .estimate(Estimate(value: value, standardError: json["stderr"]?.double, interval: interval))
    } else if let number = json.double {
      self = .number(number)
    } else {
      return nil
    }
  }
}
