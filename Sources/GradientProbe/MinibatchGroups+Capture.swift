internal import Checkpoint

extension MinibatchGroups {
  /// The groups of minibatches that a caller hands over, one after another. Throws where a name stands twice or a group
  /// has no minibatch.
  init<Batches: Collection>(checking groups: KeyValuePairs<String, Batches>) throws(CaptureError) {
    self.init(
      names: groups.map(\.key), ids: groups.indices.flatMap { repeatElement($0, count: groups[$0].value.count) })
    guard !names.isEmpty else { throw .invalidGroups("there are none") }
    guard names.allSatisfy({ !$0.isEmpty }) else { throw .invalidGroups("one has no name") }
    if let fault = fault(minibatchCount: ids.count) { throw .invalidGroups(fault.reason) }
  }

  /// The groups of minibatches from the name of each, in the order in which names first appear.
  init(_ names: [String]) {
    var places: [[UInt8]: Int] = [:]
    var distinct: [String] = []
    let ids = names.map { name in
      let bytes = Array(name.utf8)
      if let place = places[bytes] { return place }
      places[bytes] = distinct.count
      distinct.append(name)
      return distinct.count - 1
    }
    self.init(names: distinct, ids: ids)
  }
}

extension RecorderOptions {
  /// Which minibatches get factor rows. Throws where the options name a group that is not there.
  func minibatchesWithFactors(_ groups: MinibatchGroups?, count: Int) throws(CaptureError) -> [Bool] {
    guard let groups else { return [Bool](repeating: true, count: count) }
    guard let factorGroups else { return groups.ids.map { $0 == 0 } }
    var wanted: Set<Int> = []
    for name in factorGroups.sorted() {
      guard let place = groups.place(of: name) else {
        throw .invalidGroups("factorGroups names \(name.debugDescription), which is none of them")
      }
      wanted.insert(place)
    }
    return groups.ids.map { wanted.contains($0) }
  }
}
