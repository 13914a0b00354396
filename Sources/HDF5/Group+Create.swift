internal import CHDF5

extension Group {
  /// Makes the group `name` in this one. (H5Gcreate2)
  public func createGroup(_ name: String) throws(HDF5Error) -> Group {
    let id = id
    return try Group("H5Gcreate2") { H5Gcreate2(id, name, gp_default(), gp_default(), gp_default()) }
  }

  /// Makes the dataset `name` with `extents`, stored contiguously and not filled. With `storage` `now` its place in
  /// the file is known from here on; `never written` datasets take no room. (H5Dcreate2)
  public func createDataset(
    _ name: String, _ type: ScalarType, extents: [Int], storage: DatasetStorage = .now
  ) throws(HDF5Error) -> Dataset {
    let space = try Dataspace(extents: extents)
    let datatype = try type.datatype()
    let creation = try PropertyList("H5Pcreate") { H5Pcreate(gp_dataset_creation()) }
    let (id, spaceID, typeID, creationID) = (id, space.id, datatype.id, creation.id)
    try call("H5Pset_layout") { H5Pset_layout(creationID, H5D_CONTIGUOUS) }
    try call("H5Pset_fill_time") { H5Pset_fill_time(creationID, H5D_FILL_TIME_NEVER) }
    let time = storage == .now ? H5D_ALLOC_TIME_EARLY : H5D_ALLOC_TIME_LATE
    try call("H5Pset_alloc_time") { H5Pset_alloc_time(creationID, time) }
    // Times of creation would make two equal checkpoints differ.
    try call("H5Pset_obj_track_times") { H5Pset_obj_track_times(creationID, false) }
    return try Dataset("H5Dcreate2") {
      H5Dcreate2(id, name, typeID, spaceID, gp_default(), creationID, gp_default())
    }
  }
}

/// When a dataset gets its place in the file.
public enum DatasetStorage: Sendable {
  /// When it is made.
  case now
  /// When it is first written, which need not happen.
  case whenWritten
}

extension Dataspace {
  /// `extents`, outermost first; a single value where there are none. (H5Screate_simple, H5Screate)
  init(extents: [Int]) throws(HDF5Error) {
    if extents.isEmpty {
      try self.init("H5Screate") { H5Screate(H5S_SCALAR) }
    } else {
      let extents = extents.map { hsize_t($0) }
      try self.init("H5Screate_simple") { H5Screate_simple(Int32(extents.count), extents, nil) }
    }
  }
}
