internal import CHDF5

/// How a dataset is stored: what has to be looked at before any of it is read.
public struct DatasetInformation: Hashable, Sendable {
  /// Where the elements are.
  public enum Layout: Hashable, Sendable {
    /// One after another.
    case contiguous
    /// In pieces of these extents.
    case chunked([Int])
    /// In the dataset's header.
    case compact
    /// In other datasets, or in a way that is not known here.
    case other(String)
  }

  /// Something that is applied to every chunk.
  public enum Filter: Hashable, Sendable {
    case deflate
    case shuffle
    case fletcher32
    /// Any other, by its registered number.
    case other(Int)
  }

  /// Extents, outermost first; nil where there are none or they do not fit an `Int`.
  public let extents: [Int]?
  /// The type of one element.
  public let type: StoredType
  /// Where the elements are.
  public let layout: Layout
  /// What is applied to chunks, in the order of writing.
  public let filters: [Filter]
  /// Whether the elements are in other files.
  public let isExternal: Bool
  /// Bytes that the elements take in the file.
  public let storedByteCount: Int
  /// Where contiguous elements begin.
  public let offset: Int?
}

extension Dataset {
  /// How the dataset is stored; none of its elements are read. (H5Dget_create_plist, H5Dget_space, H5Dget_type)
  public func information() throws(HDF5Error) -> DatasetInformation {
    let id = id
    let creation = try PropertyList("H5Dget_create_plist") { H5Dget_create_plist(id) }
    let space = try Dataspace("H5Dget_space") { H5Dget_space(id) }
    let type = try Datatype("H5Dget_type") { H5Dget_type(id) }
    let creationID = creation.id
    let extents = try space.extents()
    var filters: [DatasetInformation.Filter] = []
    for index in 0..<(try call("H5Pget_nfilters") { H5Pget_nfilters(creationID) }) {
      var flags: UInt32 = 0
      var count = 0
      // Without room for parameters, a name or a configuration, no plugin is looked for.
      let filter = try call("H5Pget_filter2") {
        H5Pget_filter2(creationID, UInt32(index), &flags, &count, nil, 0, nil, nil)
      }
      switch filter {
      case H5Z_FILTER_DEFLATE: filters.append(.deflate)
      case H5Z_FILTER_SHUFFLE: filters.append(.shuffle)
      case H5Z_FILTER_FLETCHER32: filters.append(.fletcher32)
      default: filters.append(.other(Int(filter)))
      }
    }
    let external = try call("H5Pget_external_count") { H5Pget_external_count(creationID) }
    return DatasetInformation(
      extents: extents, type: try StoredType(of: type), layout: try creation.layout(rank: extents?.count ?? 0),
      filters: filters, isExternal: external > 0,
      storedByteCount: Int(clamping: callUnchecked { H5Dget_storage_size(id) }), offset: offset)
  }
}

extension Dataset {
  /// How many of its chunks are in the file; the others were never written. The caller has checked that it is chunked.
  /// (H5Dget_num_chunks)
  public func storedChunkCount() throws(HDF5Error) -> Int {
    let id = id
    let space = try Dataspace("H5Dget_space") { H5Dget_space(id) }
    let spaceID = space.id
    var count: hsize_t = 0
    try call("H5Dget_num_chunks") { H5Dget_num_chunks(id, spaceID, &count) }
    return Int(clamping: count)
  }
}

extension Handle where Kind == PropertyListKind {
  /// (H5Pget_layout, H5Pget_chunk)
  fileprivate func layout(rank: Int) throws(HDF5Error) -> DatasetInformation.Layout {
    let id = id
    switch callUnchecked({ H5Pget_layout(id) }) {
    case H5D_CONTIGUOUS: return .contiguous
    case H5D_COMPACT: return .compact
    case H5D_VIRTUAL: return .other("virtual: its data are in other datasets")
    case H5D_CHUNKED:
      var extents = [hsize_t](repeating: 0, count: max(rank, 1))
      let found = try call("H5Pget_chunk") { H5Pget_chunk(id, Int32(rank), &extents) }
      guard found == rank, rank > 0 else { return .other("chunks of another rank than the data") }
      let chunk = extents.map { Int(clamping: $0) }
      return chunk.allSatisfy { $0 > 0 } ? .chunked(chunk) : .other("chunks without extent")
    default: return .other("an unknown layout")
    }
  }
}

extension Handle where Kind == DataspaceKind {
  /// Extents, outermost first, of at most four axes; nil where there are others. (H5Sget_simple_extent_dims)
  func extents() throws(HDF5Error) -> [Int]? {
    let id = id
    let kind = callUnchecked { H5Sget_simple_extent_type(id) }
    if kind == H5S_SCALAR { return [] }
    guard kind == H5S_SIMPLE else { return nil }
    let rank = try call("H5Sget_simple_extent_ndims") { H5Sget_simple_extent_ndims(id) }
    guard rank <= 4 else { return nil }
    var extents = [hsize_t](repeating: 0, count: max(Int(rank), 1))
    try call("H5Sget_simple_extent_dims") { H5Sget_simple_extent_dims(id, &extents, nil) }
    let numbers = extents.prefix(Int(rank)).map { Int(exactly: $0) }
    return numbers.contains(nil) ? nil : numbers.compactMap(\.self)
  }
}
