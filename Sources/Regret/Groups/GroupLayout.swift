internal import Checkpoint

/// Which group's inputs the Fisher is made of.
public enum FisherGroup: Hashable, Sendable {
  /// The group that the headline numbers are of.
  case reference
  /// The group of that name.
  case named(String)
  /// All groups.
  case all
}

/// Where the minibatches of each group stand in an input whose rows are in order of their groups, the reference's first.
struct GroupLayout: Sendable {
  /// The name of each group, in the file's order.
  let names: [String]
  /// The gradients of each group, in the file's order.
  let rows: [Range<Int>]
  /// The group that the headline numbers are of.
  let reference: Int
  /// The group that the Fisher is of; nil where it is of all.
  let fisher: Int?
  /// The group of each gradient.
  var ids: [Int] {
    var ids = [Int](repeating: 0, count: rows.reduce(0) { $0 + $1.count })
    for (group, range) in rows.enumerated() {
      for row in range { ids[row] = group }
    }
    return ids
  }
}

extension AuditInput {
  /// The gradients that the headline numbers are over: the first ones.
  var referenceRows: Range<Int> { layout.map { $0.rows[$0.reference] } ?? 0..<gradients.rowCount }

  /// The gradients that the `minibatch` Fisher is made of.
  var fisherRows: Range<Int> {
    guard let layout, let fisher = layout.fisher else { return 0..<gradients.rowCount }
    return layout.rows[fisher]
  }

  /// The same rows in order of their groups, the reference's first, and the factor rows of the Fisher's group and of other
  /// data alone. Input without groups stays as it is.
  ///
  /// Throws where a name is no group's.
  func arranged(reference name: String?, fisher: FisherGroup) throws(AuditError) -> AuditInput {
    guard let groups else {
      if let name { throw .noGroups(asked: name) }
      if case .named(let name) = fisher { throw .noGroups(asked: name) }
      return self
    }
    func place(_ name: String) throws(AuditError) -> Int {
      guard let place = groups.place(of: name) else {
        throw .unknownGroup(name, available: groups.names)
      }
      return place
    }
    let reference = try name.map(place) ?? 0
    let fisherGroup: Int? =
      switch fisher {
      case .reference: reference
      case .named(let name): try place(name)
      case .all: nil
      }
    var input = self
    let members = groups.members
    let sequence = [reference] + members.indices.filter { $0 != reference }
    let order = sequence.flatMap { members[$0] }
    var rows = [Range<Int>](repeating: 0..<0, count: members.count)
    var next = 0
    for group in sequence {
      rows[group] = next..<(next + members[group].count)
      next += members[group].count
    }
    input.layout = GroupLayout(names: groups.names, rows: rows, reference: reference, fisher: fisherGroup)
    if order != Array(order.indices) {
      input.gradients = SelectedRows(order, of: gradients)
      input.sketch = sketch?.selecting(order)
      input.batchSizes = order.map { batchSizes[$0] }
      if !losses.isEmpty { input.losses = order.map { losses[$0] } }
    }
    input.groups = MinibatchGroups(names: groups.names, ids: order.map { groups.ids[$0] })
    var places = [Int](repeating: 0, count: order.count)
    for (place, minibatch) in order.enumerated() { places[minibatch] = place }
    var others: [FisherKind] = []
    input.factors = factors.compactMap { stored in
      guard let ids = stored.minibatches else { return stored }
      let kept = ids.indices.filter { ids[$0] < 0 || fisherGroup == nil || groups.ids[ids[$0]] == fisherGroup }
      guard !kept.isEmpty else {
        others.append(stored.kind)
        return nil
      }
      return stored.selecting(kept, minibatches: kept.map { ids[$0] < 0 ? ids[$0] : places[ids[$0]] })
    }
    if let fisherGroup, !others.isEmpty {
      input.warnings.append(
        AuditWarning(
          code: "factors_of_other_groups",
          message: "All \(others.map(\.rawValue).joined(separator: " and ")) factor rows are of other groups than "
            + "\(groups.names[fisherGroup].debugDescription), so they are not in use: --fisher-group takes another "
            + "group's, or those of all."))
    }
    return input
  }
}
