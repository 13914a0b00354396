internal import Regret

/// The measures of many runs as columns.
struct MeasureColumns: Sendable {
  /// Names in order of first appearance.
  let names: [String]
  private let values: [String: [Double?]]

  init(_ runs: [ComparedRun]) {
    var names: [String] = []
    var values: [String: [Double?]] = [:]
    for (index, run) in runs.enumerated() {
      for measure in run.allMeasures where measure.estimate.value.isFinite {
        if values[measure.name] == nil {
          names.append(measure.name)
          values[measure.name] = [Double?](repeating: nil, count: runs.count)
        }
        values[measure.name]?[index] = measure.estimate.value
      }
    }
    self.names = names
    self.values = values
  }

  /// One value a run; nil where it was not measured or is not finite.
  subscript(name: String) -> [Double?] { values[name] ?? [] }
}
