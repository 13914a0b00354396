internal import Checkpoint

/// Members that belong together when chance is imitated.
struct Clusters: Sendable {
  /// The members of each cluster, in order of first appearance.
  let members: [[Int]]
  private let count: Int

  /// Members with the same label; each on its own where there are no labels.
  init(_ labels: [Int]?, count: Int) {
    precondition(labels == nil || labels?.count == count, "one label a member")
    self.count = count
    guard let labels else {
      members = (0..<count).map { [$0] }
      return
    }
    var places: [Int: Int] = [:]
    var members: [[Int]] = []
    for (member, label) in labels.enumerated() {
      if let place = places[label] {
        members[place].append(member)
      } else {
        places[label] = members.count
        members.append([member])
      }
    }
    self.members = members
  }

  var areSingle: Bool { members.allSatisfy { $0.count == 1 } }

  /// A partner for every member: clusters of equal size change places as wholes.
  func permuted(using generator: inout SplitMix64) -> [Int] {
    var partners = Array(0..<count)
    let bySize = Dictionary(grouping: members.indices) { members[$0].count }
    for size in bySize.keys.sorted() {
      let own = bySize[size] ?? []
      for (cluster, other) in zip(own, own.shuffled(using: &generator)) {
        for (member, partner) in zip(members[cluster], members[other]) { partners[member] = partner }
      }
    }
    return partners
  }

  /// As many clusters as there are, drawn with replacement.
  func resampled(using generator: inout SplitMix64) -> [Int] {
    members.indices.flatMap { _ in members[Int.random(in: members.indices, using: &generator)] }
  }
}
