internal import Checkpoint
internal import Regret

/// One minibatch as an auditor looks at it: what it is, what it does for the means, and in what it stands out.
struct MinibatchRow {
  let summary: MinibatchSummary
  /// The name of its group; nil without groups.
  let group: String?
  let loss: Double?
  let size: Int
  /// Why it should be looked at, in words; empty where nothing stands out.
  var marks: [String] = []

  /// The mean cosine with the others in `ball`.
  func cosine(_ ball: Ball) -> Double? {
    switch ball {
    case .estimate: summary.estimateCosine
    case .heldOut: summary.heldOutCosine
    case .inSample: summary.inSample?.cosine
    case .euclidean: summary.euclidean?.cosine
    }
  }
}

/// All minibatches of a checkpoint, in the file's order.
struct MinibatchRows {
  /// The ball whose cosines stand beside the Euclidean ones.
  let ball: Ball
  let rows: [MinibatchRow]

  /// Nil where pairs were not asked for.
  init?(_ checkpoint: CheckpointReport) {
    let (audit, description) = (checkpoint.audit, checkpoint.description)
    guard let summaries = audit.minibatches, !summaries.isEmpty else { return nil }
    ball = Ball(audit)
    var rows = summaries.map { summary in
      let row = summary.row
      return MinibatchRow(
        summary: summary, group: description.groups.map { $0.names[$0.ids[row]] },
        loss: description.losses.indices.contains(row) ? description.losses[row] : nil,
        size: description.batchSizes.indices.contains(row) ? description.batchSizes[row] : 0)
    }
    Self.mark(&rows, ball)
    self.rows = rows
  }

  /// Those that stand out.
  var outstanding: [MinibatchRow] { rows.filter { !$0.marks.isEmpty } }

  /// Groups are of different data, so each is held against its own.
  private static func mark(_ rows: inout [MinibatchRow], _ ball: Ball) {
    for members in Dictionary(grouping: rows.indices, by: { rows[$0].group }).values {
      func mark(_ name: String, _ value: (MinibatchRow) -> Double?) {
        let known = members.compactMap { index in value(rows[index]).map { (index, $0) } }
        let outliers = Outliers(known.map(\.1))
        for (index, value) in known {
          guard let side = outliers.side(of: value) else { continue }
          rows[index].marks.append("\(name) \(side == .above ? "high" : "low")")
        }
      }
      mark("loss") { $0.loss }
      mark("norm") { row in row.summary.euclidean.flatMap { $0.norm > 0 ? Outliers.logarithm($0.norm) : nil } }
      mark("cosine") { $0.cosine(ball) }
    }
    for index in rows.indices {
      let (summary, loss) = (rows[index].summary, rows[index].loss)
      if let loss, !loss.isFinite { rows[index].marks.append("loss is no number") }
      if summary.euclidean == nil { rows[index].marks.append("zero gradient") }
      if !summary.equalRows.isEmpty {
        let others = summary.equalRows.prefix(3).map(String.init).joined(separator: ", ")
        let more = summary.equalRows.count > 3 ? " and \(summary.equalRows.count - 3) more" : ""
        rows[index].marks.append("same as \(others)\(more)")
      }
    }
  }
}
