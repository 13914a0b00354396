internal import Checkpoint
internal import HDF5

/// A walk over all links of a file that follows hard links only, each object by one of them.
struct LinkVisit {
  let file: String
  /// What each absolute path is.
  private(set) var objects: [String: ObjectInformation.Kind] = [:]

  init(file: String) { self.file = file }

  /// Visits the links of `group`, which is at `path` (without a slash at its end).
  mutating func enter(_ group: borrowing Group, at path: String, depth: Int) throws(CheckpointError) {
    guard depth <= ReadingLimits.depth else {
      throw refused(path, "groups within groups, deeper than \(ReadingLimits.depth)")
    }
    let room = ReadingLimits.links - objects.count
    let links = try hdf5(file) { () throws(HDF5Error) in try group.links(limit: room) }
    guard links.count <= room else { throw refused("/", "more than \(ReadingLimits.links) links") }
    for link in links {
      guard link.name.count <= ReadingLimits.nameByteCount, !link.name.isEmpty,
        let name = String(validating: link.name, as: UTF8.self)
      else { throw refused(path + "/", "a name that is not UTF-8 or longer than \(ReadingLimits.nameByteCount) bytes") }
      let child = path + "/" + name
      guard link.isHard else { throw refused(child, "a link through a path or to another file") }
      let information = try hdf5(file) { () throws(HDF5Error) in try group.information(about: name) }
      guard information.referenceCount == 1 else { throw refused(child, "an object with several names") }
      guard objects.updateValue(information.kind, forKey: child) == nil else {
        throw refused(child, "a name that stands twice")
      }
      switch information.kind {
      case .dataset: break
      case .other: throw refused(child, "neither a group nor a dataset")
      case .group:
        let subgroup = try hdf5(file) { () throws(HDF5Error) in try group.group(name) }
        try enter(subgroup, at: child, depth: depth + 1)
      }
    }
  }

  private func refused(_ object: String, _ reason: String) -> CheckpointError {
    CheckpointError(file: file, cause: .refused(object: object, reason: reason))
  }
}
