internal import CHDF5

extension File {
  /// Opens the file at `path` for reading with the plain driver, whatever the environment asks for, and without file
  /// locks: a reader's lock could make a writer fail. (H5Fopen)
  public static func open(at path: String) throws(HDF5Error) -> File {
    let access = try PropertyList("H5Pcreate") { H5Pcreate(gp_file_access()) }
    let id = access.id
    try call("H5Pset_fapl_sec2") { H5Pset_fapl_sec2(id) }
    try call("H5Pset_file_locking") { H5Pset_file_locking(id, false, true) }
    return try File("H5Fopen") { H5Fopen(path, gp_read_only(), id) }
  }

  /// The descriptor that HDF5 reads from. (H5Fget_vfd_handle)
  public func descriptor() throws(HDF5Error) -> Int32 {
    let id = id
    return try call("H5Fget_vfd_handle") { gp_descriptor(id) }
  }
}
