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

  /// All elements as texts of variable length, without the zeros at their ends; nil where they take more than `limit` bytes
  /// together, of which no more are allocated. The caller has checked that there are `count` of them. (H5Dread,
  /// H5Pset_vlen_mem_manager)
  public func variableTexts(count: Int, limit: Int) throws(HDF5Error) -> [[UInt8]]? {
    let type = try Datatype("H5Dget_type") { [id] in H5Dget_type(id) }
    let transfer = try PropertyList("H5Pcreate") { H5Pcreate(gp_dataset_transfer()) }
    let (id, typeID, transferID) = (id, type.id, transfer.id)
    var texts = [UnsafeMutablePointer<UInt8>?](repeating: nil, count: count)
    defer { for text in texts { text?.deallocate() } }
    let room = UnsafeMutablePointer<Int>.allocate(capacity: 1)
    room.initialize(to: limit)
    defer { room.deallocate() }
    try call("H5Pset_vlen_mem_manager") {
      H5Pset_vlen_mem_manager(
        transferID,
        { size, context in
          let room = context!.assumingMemoryBound(to: Int.self)
          guard size <= room.pointee else {
            room.pointee = -1
            return nil
          }
          room.pointee -= size
          return UnsafeMutableRawPointer(UnsafeMutablePointer<UInt8>.allocate(capacity: size))
        }, room,
        { pointer, _ in pointer?.assumingMemoryBound(to: UInt8.self).deallocate() }, room)
    }
    do throws(HDF5Error) {
      try call("H5Dread") { H5Dread(id, typeID, gp_all(), gp_all(), transferID, &texts) }
    } catch {
      if room.pointee < 0 { return nil }
      throw error
    }
    return texts.map { start in
      guard let start else { return [] }
      var end = 0
      while start[end] != 0 { end += 1 }
      return Array(UnsafeBufferPointer(start: start, count: end))
    }
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
