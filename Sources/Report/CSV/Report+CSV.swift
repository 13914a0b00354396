internal import Checkpoint
internal import Regret

extension Report {
  /// One row a checkpoint, measure and tensor, for pandas and R: `tensor` is empty for measures of the whole model,
  /// `value` and `stderr` where there is no number.
  ///
  /// `low` and `high` are the ends of the 95% interval. Measures are named by their path in the JSON. RFC 4180, but for line feeds alone at the ends of lines.
  public var csv: String {
    var output = "file,run,step,tensor,measure,value,stderr,low,high\n"
    for checkpoint in checkpoints { checkpoint.writeCSV(to: &output) }
    return output
  }
}

extension CheckpointReport {
  fileprivate func writeCSV(to output: inout String) {
    let prefix = [file.csvField, description.run.csvField, String(description.step)].joined(separator: ",") + ","
    func row(_ tensor: String, _ measure: String, number: String, _ estimate: Estimate? = nil) {
      let ends = [estimate?.standardError, estimate?.interval?.low, estimate?.interval?.high].map(\.csvNumber)
      output += prefix + ([tensor.csvField, measure.csvField, number] + ends).joined(separator: ",") + "\n"
    }
    func row(_ tensor: String, _ measure: String, _ value: Double?) { row(tensor, measure, number: value.csvNumber) }
    func row(_ tensor: String, _ measure: String, _ estimate: Estimate?) {
      row(tensor, measure, number: (estimate?.value).csvNumber, estimate)
    }
    let json = json
    for path in Self.measurePaths {
      let found = json.value(at: path)
      if let estimate = found.flatMap(Estimate.init) {
        row("", path, estimate)
      } else {
        row("", path, found?.double)
      }
    }
    for (name, value) in description.metrics.sorted(by: { $0.key < $1.key }) {
      row("", "metrics." + name, number: value.csvMetric)
    }
    for point in audit.dampingPath ?? [] {
      let at = "damping_path[\(point.weight)]."
      row("", at + "regret", point.regret)
      row("", at + "cosine", point.cosine)
      row("", at + "norm", point.norm)
      row("", at + "regret_ratio", point.regretRatio)
      for group in point.transfers ?? [] {
        row("", at + "excess." + group.group, group.excess)
        row("", at + "transfer." + group.group, group.transfer)
      }
    }
    for minibatch in MinibatchRows(self)?.rows ?? [] {
      let at = "per_minibatch.\(minibatch.summary.row)."
      row("", at + "loss", minibatch.loss)
      row("", at + "examples", Double(minibatch.size))
      for (ball, measures) in [
        ("euclidean", minibatch.summary.euclidean), ("kl.in_sample", minibatch.summary.inSample),
      ] {
        row("", at + ball + ".norm", measures?.norm)
        row("", at + ball + ".cosine", measures?.cosine)
        row("", at + ball + ".share", measures?.share)
      }
      row("", at + "kl.held_out.cosine", minibatch.summary.heldOutCosine)
      row("", at + "kl.estimate.cosine", minibatch.summary.estimateCosine)
    }
    for group in audit.groups?.groups ?? [] {
      let at = "groups.\(group.name)."
      row("", at + "minibatches", Double(group.minibatchCount))
      row("", at + "batch_size", group.batchSize)
      row("", at + "loss", group.loss)
    }
    for pair in listedTransfers {
      let groups = audit.groups!.groups
      let at = "transfer.\(groups[pair.from].name).\(groups[pair.to].name)."
      for ball in Ball.allCases.reversed() {
        let (name, measures) = (ball.rawValue, ball(pair))
        row("", at + name + ".regret", measures?.regret)
        row("", at + name + ".cosine", measures?.cosine)
        row("", at + name + ".excess", measures?.excess)
        row("", at + name + ".transfer", measures?.transfer)
        row("", at + name + ".median_excess", measures?.medianExcess)
        row("", at + name + ".geometric_mean_excess", measures?.geometricMeanExcess)
      }
      if pair.from != pair.to { row("", at + "loss_excess", pair.lossExcess) }
    }
    for tensor in audit.related?.parameters?.tensors ?? [] {
      row(tensor.name, "relative_flatness", tensor.relativeFlatness)
    }
    for tensor in audit.tensors ?? [] {
      row(tensor.name, "count", Double(tensor.count))
      row(tensor.name, "live", tensor.live.map(Double.init))
      row(tensor.name, "euclidean", tensor.euclidean)
      row(tensor.name, "kl", tensor.kl)
    }
  }
}

extension Estimate {
  /// What an estimate's JSON tells; nil where `json` is none.
  fileprivate init?(_ json: JSONValue) {
    guard let value = json["value"] else { return nil }
    let low = json["low"]?.double
    self.init(
      value: value.double ?? .nan, standardError: json["stderr"]?.double,
      interval: low.map { .init(low: $0, high: json["high"]?.double) })
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
