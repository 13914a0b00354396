internal import CHDF5

extension Dataset {
  /// All elements as integers. The caller has checked that there are `count` and that they are integers. (H5Dread)
  public func integers(count: Int) throws(HDF5Error) -> [Int64] {
    var numbers = [Int64](repeating: 0, count: count)
    let id = id
    try call("H5Dread") { H5Dread(id, gp_native_int64(), gp_all(), gp_all(), gp_default(), &numbers) }
    return numbers
  }

  /// All elements as unsigned integers. The caller has checked that there are `count` of them. (H5Dread)
  public func unsignedIntegers(count: Int) throws(HDF5Error) -> [UInt64] {
    var numbers = [UInt64](repeating: 0, count: count)
    let id = id
    try call("H5Dread") { H5Dread(id, gp_native_uint64(), gp_all(), gp_all(), gp_default(), &numbers) }
    return numbers
  }

  /// All elements as numbers. The caller has checked that there are `count` and that they are numbers. (H5Dread)
  public func numbers(count: Int) throws(HDF5Error) -> [Double] {
    var numbers = [Double](repeating: 0, count: count)
    let id = id
    try call("H5Dread") { H5Dread(id, gp_native_double(), gp_all(), gp_all(), gp_default(), &numbers) }
    return numbers
  }

  /// All elements as they are stored. The caller has checked that they take `byteCount` bytes and are texts of a fixed
  /// length. (H5Dread)
  public func bytes(count byteCount: Int) throws(HDF5Error) -> [UInt8] {
    let type = try Datatype("H5Dget_type") { [id] in H5Dget_type(id) }
    var bytes = [UInt8](repeating: 0, count: byteCount)
    let (id, typeID) = (id, type.id)
    try call("H5Dread") { H5Dread(id, typeID, gp_all(), gp_all(), gp_default(), &bytes) }
    return bytes
  }

  /// Reads the block that begins at `start` and has `extents` into `buffer` as elements of `type`. (H5Dread,
  /// H5Sselect_hyperslab)
  public func read(
    start: [Int], extents: [Int], as type: ScalarType, into buffer: UnsafeMutableRawBufferPointer
  ) throws(HDF5Error) {
    let space = try Dataspace("H5Dget_space") { [id] in H5Dget_space(id) }
    let memory = try Dataspace(extents: extents)
    let datatype = try type.datatype()
    let (id, spaceID, memoryID, typeID) = (id, space.id, memory.id, datatype.id)
    let first = start.map { hsize_t($0) }
    let count = extents.map { hsize_t($0) }
    try call("H5Sselect_hyperslab") { H5Sselect_hyperslab(spaceID, H5S_SELECT_SET, first, nil, count, nil) }
    try call("H5Dread") { H5Dread(id, typeID, memoryID, spaceID, gp_default(), buffer.baseAddress) }
  }
}
