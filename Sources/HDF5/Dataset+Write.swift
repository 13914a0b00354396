internal import CHDF5

extension Dataset {
  /// Writes all of the dataset's elements, which are stored as they lie in `bytes`. (H5Dwrite)
  public func write(_ bytes: [UInt8], as type: ScalarType) throws(HDF5Error) {
    let datatype = try type.datatype()
    let (id, typeID) = (id, datatype.id)
    try call("H5Dwrite") { H5Dwrite(id, typeID, gp_all(), gp_all(), gp_default(), bytes) }
  }

  /// Writes all of the dataset's elements. (H5Dwrite)
  public func write(_ numbers: [Int64]) throws(HDF5Error) {
    let datatype = try ScalarType.int64.datatype()
    let (id, typeID) = (id, datatype.id)
    try call("H5Dwrite") { H5Dwrite(id, typeID, gp_all(), gp_all(), gp_default(), numbers) }
  }

  /// Writes all of the dataset's elements. (H5Dwrite)
  public func write(_ numbers: [Double]) throws(HDF5Error) {
    let datatype = try ScalarType.float64.datatype()
    let (id, typeID) = (id, datatype.id)
    try call("H5Dwrite") { H5Dwrite(id, typeID, gp_all(), gp_all(), gp_default(), numbers) }
  }

  /// The byte of the file at which a contiguous dataset's elements begin; nil where they have no place yet or lie in
  /// pieces. (H5Dget_offset)
  public var offset: Int? {
    let id = id
    let address = callUnchecked { H5Dget_offset(id) }
    return address == gp_undefined_address() ? nil : Int(exactly: address)
  }
}
