internal import CHDF5

/// How an attribute is stored.
public struct AttributeInformation: Hashable, Sendable {
  /// Number of values; nil where it has no extent or too large a one.
  public let count: Int?
  /// The type of a value.
  public let type: StoredType
}

extension Handle where Kind: ObjectKind {
  /// Opens the attribute `name`; nil where there is none. (H5Aexists, H5Aopen)
  public func attribute(_ name: String) throws(HDF5Error) -> Attribute? {
    let id = id
    guard try call("H5Aexists", { H5Aexists(id, name) }) > 0 else { return nil }
    return try Attribute("H5Aopen") { H5Aopen(id, name, gp_default()) }
  }

  /// The names of the attributes, as bytes, at most `limit` and one more. (H5Aiterate2)
  public func attributeNames(limit: Int) throws(HDF5Error) -> [[UInt8]] {
    let id = id
    var collection = NameCollection(limit: limit)
    try call("H5Aiterate2") {
      withUnsafeMutablePointer(to: &collection) { collection in
        H5Aiterate2(
          id, H5_INDEX_NAME, H5_ITER_NATIVE, nil,
          { _, name, _, context in
            context!.assumingMemoryBound(to: NameCollection.self).pointee.add(name!)
          }, collection)
      }
    }
    return collection.names
  }
}

extension Handle where Kind == AttributeKind {
  /// How the attribute is stored; its value is not read. (H5Aget_space, H5Aget_type)
  public func information() throws(HDF5Error) -> AttributeInformation {
    let id = id
    let space = try Dataspace("H5Aget_space") { H5Aget_space(id) }
    let type = try Datatype("H5Aget_type") { H5Aget_type(id) }
    var count: Int? = 1
    if let extents = try space.extents() {
      for extent in extents {
        let (product, overflow) = (count ?? 0).multipliedReportingOverflow(by: extent)
        count = overflow ? nil : product
      }
    } else {
      count = nil
    }
    return AttributeInformation(count: count, type: try StoredType(of: type))
  }

  /// The value as an integer. The caller has checked that it is one and stands alone. (H5Aread)
  public func integer() throws(HDF5Error) -> Int64 {
    var value: Int64 = 0
    let id = id
    try call("H5Aread") { H5Aread(id, gp_native_int64(), &value) }
    return value
  }

  /// The value as an unsigned integer. The caller has checked that it is one and stands alone. (H5Aread)
  public func unsignedInteger() throws(HDF5Error) -> UInt64 {
    var value: UInt64 = 0
    let id = id
    try call("H5Aread") { H5Aread(id, gp_native_uint64(), &value) }
    return value
  }

  /// The value as a number. The caller has checked that it is one and stands alone. (H5Aread)
  public func number() throws(HDF5Error) -> Double {
    var value = 0.0
    let id = id
    try call("H5Aread") { H5Aread(id, gp_native_double(), &value) }
    return value
  }

  /// The bytes of a text of variable length, without the zero at its end; nil where there are more than `limit`. The
  /// caller has checked that it is one and stands alone. HDF5 allocates the text, so whoever reads a file of others does
  /// so where memory is limited. (H5Aread, H5Dvlen_reclaim)
  public func variableText(limit: Int) throws(HDF5Error) -> [UInt8]? {
    let type = try Datatype("H5Aget_type") { [id] in H5Aget_type(id) }
    let space = try Dataspace("H5Aget_space") { [id] in H5Aget_space(id) }
    var text: UnsafeMutablePointer<CChar>?
    let (id, typeID, spaceID) = (id, type.id, space.id)
    try call("H5Aread") { H5Aread(id, typeID, &text) }
    guard let start = text else { return [] }
    var bytes: [UInt8] = []
    while bytes.count <= limit, start[bytes.count] != 0 { bytes.append(UInt8(bitPattern: start[bytes.count])) }
    try call("H5Dvlen_reclaim") { H5Dvlen_reclaim(typeID, spaceID, gp_default(), &text) }
    return bytes.count <= limit ? bytes : nil
  }

  /// The value as it is stored. The caller has checked that it takes `byteCount` bytes, is text of a fixed length and
  /// stands alone. (H5Aread)
  public func bytes(count byteCount: Int) throws(HDF5Error) -> [UInt8] {
    let type = try Datatype("H5Aget_type") { [id] in H5Aget_type(id) }
    var bytes = [UInt8](repeating: 0, count: byteCount)
    let (id, typeID) = (id, type.id)
    try call("H5Aread") { H5Aread(id, typeID, &bytes) }
    return bytes
  }
}
