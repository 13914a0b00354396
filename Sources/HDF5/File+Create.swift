internal import CHDF5

extension File {
  /// Makes a file at `path`, emptying what is there. Storage of at least `threshold` bytes begins at multiples of
  /// `alignment`. No file locks are taken. (H5Fcreate, H5Pset_alignment)
  public static func create(at path: String, alignment: Int, threshold: Int) throws(HDF5Error) -> File {
    let access = try PropertyList("H5Pcreate") { H5Pcreate(gp_file_access()) }
    let id = access.id
    try call("H5Pset_alignment") { H5Pset_alignment(id, hsize_t(threshold), hsize_t(alignment)) }
    try call("H5Pset_file_locking") { H5Pset_file_locking(id, false, true) }
    let creation = try PropertyList("H5Pcreate") { H5Pcreate(gp_file_creation()) }
    let creationID = creation.id
    return try File("H5Fcreate") { H5Fcreate(path, gp_truncate(), creationID, id) }
  }

  /// The group that all others are in. (H5Gopen2)
  public func root() throws(HDF5Error) -> Group {
    let id = id
    return try Group("H5Gopen2") { H5Gopen2(id, "/", gp_default()) }
  }
}
