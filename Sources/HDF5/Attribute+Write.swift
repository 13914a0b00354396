internal import CHDF5

extension Handle where Kind: ObjectKind {
  /// Adds the attribute `name` with one value, of which `bytes` are the stored form. (H5Acreate2, H5Awrite)
  private func addAttribute(_ name: String, _ type: ScalarType, _ bytes: [UInt8]) throws(HDF5Error) {
    let space = try Dataspace(extents: [])
    let datatype = try type.datatype()
    let creation = try PropertyList("H5Pcreate") { H5Pcreate(gp_attribute_creation()) }
    let (id, spaceID, typeID, creationID) = (id, space.id, datatype.id, creation.id)
    try call("H5Pset_char_encoding") { H5Pset_char_encoding(creationID, H5T_CSET_UTF8) }
    let attribute = try Attribute("H5Acreate2") {
      H5Acreate2(id, name, typeID, spaceID, creationID, gp_default())
    }
    let attributeID = attribute.id
    try call("H5Awrite") { H5Awrite(attributeID, typeID, bytes) }
  }

  /// Adds a text, UTF-8 of fixed length. (H5Acreate2)
  public func addAttribute(_ name: String, _ text: String) throws(HDF5Error) {
    let bytes = text.isEmpty ? [0] : Array(text.utf8)
    try addAttribute(name, .text(byteCount: bytes.count), bytes)
  }

  /// Adds an integer. (H5Acreate2)
  public func addAttribute(_ name: String, _ value: Int) throws(HDF5Error) {
    try addAttribute(name, .int64, withUnsafeBytes(of: Int64(value).littleEndian, Array.init))
  }

  /// Adds a number. (H5Acreate2)
  public func addAttribute(_ name: String, _ value: Double) throws(HDF5Error) {
    try addAttribute(name, .float64, withUnsafeBytes(of: value.bitPattern.littleEndian, Array.init))
  }
}
