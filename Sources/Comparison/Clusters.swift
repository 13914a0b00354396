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

  /// A partner for every member: clusters, all of one size, change places as wholes.
  func permuted(using generator: inout SplitMix64) -> [Int] {
    var partners = Array(0..<count)
    for (cluster, other) in zip(members, members.shuffled(using: &generator)) {
      for (member, partner) in zip(cluster, other) { partners[member] = partner }
    }
    return partners
  }

  /// The mean of each cluster's `values`.
  func means(_ values: [Double]) -> [Double] {
    members.map { cluster in cluster.reduce(0) { $0 + values[$1] / Double(cluster.count) } }
  }

  /// As many clusters as there are, drawn with replacement.
  func resampled(using generator: inout SplitMix64) -> Resample {
    var times = [Int](repeating: 0, count: members.count)
    let drawn = members.indices.flatMap { _ in
      let cluster = Int.random(in: members.indices, using: &generator)
      times[cluster] += 1
      return members[cluster]
    }
    return Resample(members: drawn, times: times)
  }
}

/// Clusters drawn with replacement.
public struct Resample: Sendable {
  /// The members of all that were drawn, one cluster after another.
  public let members: [Int]
  /// How often each cluster was drawn, in order of first appearance.
  public let times: [Int]
}
