internal import Checkpoint

/// One ρ for all files of a comparison: regrets at different ρ are measured in different balls.
struct SharedDamping {
  /// The largest of ``own``.
  let weight: Double
  /// ρ that `auto` gives each file.
  private(set) var own: [String: Double]
  /// What the files say of themselves, as far as it is known.
  private(set) var descriptions: [String: CheckpointDescription] = [:]

  /// From the files that are whole and on no abandoned branch; nil where fewer than two have a ρ, or none is asked for.
  /// Files that cannot be read are passed over: their audit tells why.
  init?(_ files: [String], _ auditor: Auditor) {
    guard auditor.sharesDamping, files.count > 1 else { return nil }
    let weights = auditor.each(files) { try $0.automaticWeight($1) }
    let known = files.compactMap { file in
      (try? weights[file]?.get()).map { (file, $0.description, $0.weight) }
    }
    let isAbandoned = RunDirectory.isAbandoned(known.map(\.1))
    own = [:]
    for (file, description, weight) in known {
      own[file] = weight
      descriptions[file] = description
    }
    let counted = zip(known, isAbandoned).filter { !$1 && !$0.1.isPartial }.compactMap(\.0.2)
    guard own.count > 1, let largest = counted.max() ?? own.values.max() else { return nil }
    weight = largest
  }

  /// From `weight` of the first file of a run that is followed.
  init(following file: String, weight: Double) {
    self.weight = weight
    own = [file: weight]
  }

  /// What a run takes once `file` has come with ρ of its own: a quarter more than that where it is above the one in use,
  /// so that a ρ that keeps growing does not have all audited again with each checkpoint.
  func following(_ file: String, weight own: Double, isWhole: Bool) -> SharedDamping {
    var next = self
    if isWhole && own > weight { next = SharedDamping(following: file, weight: min(0.999, 1.25 * own)) }
    next.own = self.own
    next.own[file] = own
    return next
  }
}
