public import Checkpoint
internal import Checksum

extension AuditInput {
  /// The same rows without those that hold a value that is not finite, and without the factor rows of minibatches whose
  /// gradient is one of them; ``warnings`` says which.
  ///
  /// Reads all rows once. Throws where they are damaged, since damage can look like a value that is not finite, and where
  /// fewer than two gradients are left.
  public func leavingOutNonFinite() throws(CheckpointError) -> AuditInput {
    var found = Set(try Self.nonFiniteRows(of: gradients))
    if let sketch { found.formUnion(try Self.nonFiniteRows(of: sketch.gradients)) }
    let broken = found.sorted()
    let kept = (0..<gradients.rowCount).filter { !broken.contains($0) }
    guard kept.count > 1 else {
      throw CheckpointError(
        file: gradients.file,
        cause: .invalid(object: gradients.name, reason: "fewer than two rows hold finite values alone"))
    }
    var input = self
    var leftOut: [String] = []
    if !broken.isEmpty {
      input.gradients = SelectedRows(kept, of: gradients)
      input.sketch = sketch?.selecting(kept)
      input.batchSizes = kept.map { batchSizes[$0] }
      if !losses.isEmpty { input.losses = kept.map { losses[$0] } }
      input.groups = groups?.selecting(kept)
      let lost = Set(groups?.names ?? []).subtracting(input.groups?.names ?? []).sorted()
      leftOut.append("\(Self.list(broken)) of \(gradients.name)")
      leftOut += lost.map { "with that all of group \($0.debugDescription)" }
    }
    // Where each gradient that is kept stands now.
    let places = Dictionary(uniqueKeysWithValues: kept.enumerated().map { ($0.element, $0.offset) })
    input.factors = []
    for stored in factors {
      let bad = try Self.nonFiniteRows(of: stored.rows)
      let owned = (0..<stored.rows.rowCount).filter { row in
        guard let minibatch = stored.minibatches?[row], minibatch >= 0 else { return false }
        return places[minibatch] == nil && !bad.contains(row)
      }
      if !bad.isEmpty { leftOut.append("\(Self.list(bad)) of \(stored.rows.name)") }
      if !owned.isEmpty { leftOut.append("\(owned.count) more of \(stored.rows.name), of the same minibatches") }
      guard !bad.isEmpty || !broken.isEmpty else {
        input.factors.append(stored)
        continue
      }
      let left = Set(bad + owned)
      let rows = (0..<stored.rows.rowCount).filter { !left.contains($0) }
      // A kind without rows is no kind: the next best Fisher is taken.
      guard !rows.isEmpty else { continue }
      input.factors.append(
        stored.selecting(
          rows, minibatches: stored.minibatches.map { ids in rows.map { ids[$0] < 0 ? ids[$0] : places[ids[$0]]! } }))
    }
    if !leftOut.isEmpty {
      input.warnings.append(
        AuditWarning(
          code: "rows_left_out",
          message:
            "Left out for values that are not finite: \(leftOut.joined(separator: "; ")). All numbers are of the "
            + "other rows, and what broke these may be what matters: find out what was recorded."))
    }
    return input
  }

  /// The rows of `source` with a value that is not finite; throws where a tile does not have its checksum.
  private static func nonFiniteRows(of source: any ColumnBlocks) throws(CheckpointError) -> [Int] {
    let faults = try source.elementFaults(limit: max(1, source.rowCount))
    if let place = faults.damaged?.first { throw .damaged(source, row: place.row, tile: place.tile) }
    return faults.nonFiniteRows
  }

  /// `row 3`, or `rows 3, 4, … and 5 more`.
  private static func list(_ rows: [Int]) -> String {
    let more = rows.count > 6 ? " and \(rows.count - 6) more" : ""
    return (rows.count == 1 ? "row " : "rows ") + rows.prefix(6).map(String.init).joined(separator: ", ") + more
  }
}
