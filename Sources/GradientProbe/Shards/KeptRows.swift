internal import Checkpoint
internal import CheckpointHDF5

/// Which rows of a capture a rank has kept: those that are finite in its columns.
struct KeptRows: Codable, Hashable, Sendable {
  /// A factor row, by the minibatch that it was made from and its number among that minibatch's of its kind.
  struct Factor: Codable, Hashable, Sendable {
    let minibatch: Int
    let number: Int
  }

  /// Numbers of minibatches in the capture, in its order.
  var minibatches: [Int] = []
  /// Factor rows of each kind, in the order of the capture.
  var factors: [FisherKind: [Factor]] = [:]

  /// What a file of these rows says of its factors.
  var factorHeaders: [FactorHeader] {
    let rows = Dictionary(uniqueKeysWithValues: minibatches.enumerated().map { ($0.element, $0.offset) })
    return FisherKind.allCases.compactMap { kind in
      guard let own = factors[kind], !own.isEmpty else { return nil }
      return FactorHeader(kind: kind, rowCount: own.count, minibatches: own.map { rows[$0.minibatch]! })
    }
  }

  /// Those that `others` have kept too; factors go with their minibatches.
  func common(with others: [KeptRows]) -> KeptRows {
    var common = self
    for other in others {
      let (rows, kinds) = (Set(other.minibatches), other.factors.mapValues(Set.init))
      common.minibatches.removeAll { !rows.contains($0) }
      for kind in common.factors.keys { common.factors[kind]!.removeAll { kinds[kind]?.contains($0) != true } }
    }
    let rows = Set(common.minibatches)
    for kind in common.factors.keys { common.factors[kind]!.removeAll { !rows.contains($0.minibatch) } }
    return common
  }

  /// Where the rows of each block that `kept` has too stand among these.
  func places(of kept: KeptRows) -> [RowBlock: [Int]] {
    let rows = Set(kept.minibatches)
    let gradients = minibatches.indices.filter { rows.contains(minibatches[$0]) }
    var places: [RowBlock: [Int]] = [.gradients: gradients, .sketchedGradients: gradients]
    for (kind, own) in factors {
      let others = Set(kept.factors[kind] ?? [])
      places[.factors(kind)] = own.indices.filter { others.contains(own[$0]) }
    }
    return places
  }
}

extension CheckpointSquares {
  /// Those of the rows that stand at `places`.
  func selecting(_ places: [RowBlock: [Int]]) -> CheckpointSquares {
    var selected = CheckpointSquares(gradients: gradients.selecting(places[.gradients] ?? []))
    for (kind, own) in factors {
      if let rows = places[.factors(kind)], !rows.isEmpty { selected.factors[kind] = own.selecting(rows) }
    }
    return selected
  }
}

extension CheckpointHeader {
  /// The header of those of the rows `own` that `kept` has too.
  func keeping(_ kept: KeptRows, of own: KeptRows) -> CheckpointHeader {
    let places = own.places(of: kept)
    let rows = places[.gradients] ?? []
    var header = self
    header.batchSizes = rows.map { batchSizes[$0] }
    header.batchHashes = batchHashes.map { hashes in rows.map { hashes[$0] } }
    header.groups = groups?.selecting(rows)
    header.factors = kept.factorHeaders
    return header
  }
}
