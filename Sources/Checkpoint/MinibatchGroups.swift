/// Which data each minibatch was drawn from: training and held-out data, sources, classes, shards.
public struct MinibatchGroups: Hashable, Codable, Sendable {
  /// The name of each group, [K]; distinct by their bytes. `train` and `validation` are names that reports know how to
  /// word.
  public var names: [String]
  /// The group of each minibatch, 0 … K−1, [N].
  public var ids: [Int]

  /// Groups `names` of minibatches, of which each belongs to the one told.
  public init(names: [String], ids: [Int]) {
    self.names = names
    self.ids = ids
  }

  /// Number of groups K.
  public var count: Int { names.count }

  /// The group called `name`, by its bytes: names that look alike may be spelt in two ways.
  public func place(of name: String) -> Int? {
    names.firstIndex { $0.utf8.elementsEqual(name.utf8) }
  }

  /// Minibatches of each group, in their order.
  public var members: [[Int]] {
    var members = [[Int]](repeating: [], count: count)
    for (minibatch, group) in ids.enumerated() { members[group].append(minibatch) }
    return members
  }

  /// Those of the minibatches `kept`, in that order, without groups that lose all of theirs.
  public func selecting(_ kept: [Int]) -> MinibatchGroups {
    let left = Set(kept.map { ids[$0] }).sorted()
    let places = Dictionary(uniqueKeysWithValues: left.enumerated().map { ($0.element, $0.offset) })
    return MinibatchGroups(names: left.map { names[$0] }, ids: kept.map { places[ids[$0]]! })
  }
}

extension MinibatchGroups {
  /// What is wrong with them for `minibatchCount` minibatches: the dataset and the reason; nil where nothing is.
  public func fault(minibatchCount: Int) -> (object: String, reason: String)? {
    if names.isEmpty { return ("/groups/name", "no names") }
    var seen = Set<[UInt8]>()
    for name in names where !seen.insert(Array(name.utf8)).inserted {
      return ("/groups/name", "\(name.debugDescription) stands twice")
    }
    if ids.count != minibatchCount {
      return ("/minibatches/group", "\(ids.count) values for \(minibatchCount) rows of /gradients")
    }
    if let row = ids.firstIndex(where: { !names.indices.contains($0) }) {
      return (
        "/minibatches/group", "row \(row) is \(ids[row]): a row of /groups/name from 0 to \(count - 1) is needed"
      )
    }
    if let empty = members.firstIndex(where: \.isEmpty) {
      return ("/groups/name", "\(names[empty].debugDescription) has no minibatch")
    }
    return nil
  }
}
