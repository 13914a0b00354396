internal import CHDF5

/// A name in a group.
public struct Link: Hashable, Sendable {
  /// The bytes of the name, which need not be UTF-8.
  public let name: [UInt8]
  /// Whether it leads to an object of the same file directly, rather than through a path or to another file.
  public let isHard: Bool
}

/// What a hard link leads to.
public struct ObjectInformation: Hashable, Sendable {
  /// What kind of object it is.
  public enum Kind: Hashable, Sendable {
    case group
    case dataset
    case other
  }

  /// What kind of object it is.
  public let kind: Kind
  /// Number of hard links to it.
  public let referenceCount: Int
}

extension Group {
  /// The links of this group, at most `limit` and one more. (H5Literate)
  public func links(limit: Int) throws(HDF5Error) -> [Link] {
    let id = id
    var collection = NameCollection(limit: limit)
    try call("H5Literate") {
      withUnsafeMutablePointer(to: &collection) { collection in
        gp_visit_links(
          id,
          { name, type, context in
            context!.assumingMemoryBound(to: NameCollection.self).pointee.add(name!, mark: type == H5L_TYPE_HARD)
          }, collection)
      }
    }
    return zip(collection.names, collection.marks).map { Link(name: $0, isHard: $1) }
  }

  /// What the hard link `name` leads to. (H5Oget_info_by_name)
  public func information(about name: String) throws(HDF5Error) -> ObjectInformation {
    let id = id
    var type = H5O_TYPE_UNKNOWN
    var references: UInt32 = 0
    try call("H5Oget_info_by_name") { gp_object(id, name, &type, &references) }
    let kind: ObjectInformation.Kind =
      switch type {
      case H5O_TYPE_GROUP: .group
      case H5O_TYPE_DATASET: .dataset
      default: .other
      }
    return ObjectInformation(kind: kind, referenceCount: Int(references))
  }

  /// Opens the group `name`. (H5Gopen2)
  public func group(_ name: String) throws(HDF5Error) -> Group {
    let id = id
    return try Group("H5Gopen2") { H5Gopen2(id, name, gp_default()) }
  }

  /// Opens the dataset `name` without a cache for chunks, which are read once and whole. (H5Dopen2)
  public func dataset(_ name: String) throws(HDF5Error) -> Dataset {
    let access = try PropertyList("H5Pcreate") { H5Pcreate(gp_dataset_access()) }
    let (id, accessID) = (id, access.id)
    try call("H5Pset_chunk_cache") { H5Pset_chunk_cache(accessID, 0, 0, 1) }
    return try Dataset("H5Dopen2") { H5Dopen2(id, name, accessID) }
  }
}
