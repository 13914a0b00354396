internal import Checkpoint
internal import Regret

extension Report {
  /// One row a checkpoint, measure and tensor, for pandas and R: `tensor` is empty for measures of the whole model,
  /// `value` and `stderr` where there is no number.
  ///
  /// Measures are named by their path in the JSON. RFC 4180, but for line feeds alone at the ends of lines.
  public var csv: String {
    var output = "file,run,step,tensor,measure,value,stderr\n"
    for checkpoint in checkpoints { checkpoint.writeCSV(to: &output) }
    return output
  }
}

extension CheckpointReport {
  fileprivate func writeCSV(to output: inout String) {
    let prefix = [file.csvField, description.run.csvField, String(description.step)].joined(separator: ",") + ","
    func row(_ tensor: String, _ measure: String, number: String, _ error: Double?) {
      output += prefix + [tensor.csvField, measure.csvField, number, error.csvNumber].joined(separator: ",") + "\n"
    }
    func row(_ tensor: String, _ measure: String, _ value: Double?, _ error: Double?) {
      row(tensor, measure, number: value.csvNumber, error)
    }
    let json = json
    for path in Self.measurePaths {
      let found = json.value(at: path)
      row("", path, (found?["value"] ?? found)?.double, found?["stderr"]?.double)
    }
    for (name, value) in description.metrics.sorted(by: { $0.key < $1.key }) {
      row("", "metrics." + name, number: value.csvMetric, nil)
    }
    for point in audit.dampingPath ?? [] {
      let at = "damping_path[\(point.weight)]."
      row("", at + "regret", point.regret, nil)
      row("", at + "cosine", point.cosine, nil)
      row("", at + "norm", point.norm, nil)
    }
    for group in audit.groups?.groups ?? [] {
      let at = "groups.\(group.name)."
      row("", at + "minibatches", Double(group.minibatchCount), nil)
      row("", at + "batch_size", group.batchSize, nil)
      row("", at + "loss", group.loss?.value, group.loss?.standardError)
    }
    for pair in listedTransfers {
      let groups = audit.groups!.groups
      let at = "transfer.\(groups[pair.from].name).\(groups[pair.to].name)."
      for ball in Ball.allCases.reversed() {
        let (name, measures) = (ball.rawValue, ball(pair))
        row("", at + name + ".regret", measures?.regret.value, measures?.regret.standardError)
        row("", at + name + ".cosine", measures?.cosine.value, measures?.cosine.standardError)
        row("", at + name + ".excess", measures?.excess?.value, measures?.excess?.standardError)
        row("", at + name + ".transfer", measures?.transfer?.value, measures?.transfer?.standardError)
      }
    }
    for tensor in audit.tensors ?? [] {
      row(tensor.name, "count", Double(tensor.count), nil)
      row(tensor.name, "live", Double(tensor.live), nil)
      row(tensor.name, "euclidean", tensor.euclidean?.value, tensor.euclidean?.standardError)
      row(tensor.name, "kl", tensor.kl?.value, tensor.kl?.standardError)
    }
  }
}

extension Double {
  /// This number as short as it can be read back, whole ones without a point; empty where it is not finite.
  var csvNumber: String {
    guard isFinite else { return "" }
    return self == rounded() && magnitude < 1e15 ? String(Int(self)) : description
  }
}

extension Double {
  /// The same for what the run kept, which may be infinite: as pandas and R read it.
  var csvMetric: String { isInfinite ? (self < 0 ? "-inf" : "inf") : csvNumber }
}

extension Double? {
  /// The number's field; empty where there is none.
  var csvNumber: String { map(\.csvNumber) ?? "" }
}

extension String {
  /// This text as one field. Spreadsheets run a text that begins with =, +, -, @, a tab or a line end as a formula: an
  /// apostrophe before it keeps it text.
  var csvField: String {
    var text = printable
    if let first = text.first, "=+-@".contains(first) { text = "'" + text }
    guard text.contains(where: { ",\"'".contains($0) }) else { return text }
    return "\"" + text.replacing("\"", with: "\"\"") + "\""
  }
}
