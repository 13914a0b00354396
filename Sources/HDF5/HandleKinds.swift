internal import CHDF5

/// A file. (H5Fclose)
public enum FileKind: HandleKind {
  /// H5Fclose
  public static var closingFunction: StaticString { "H5Fclose" }
  /// Closes `id`.
  public static func close(_ id: Int64) -> Int32 { H5Fclose(id) }
}

/// A group. (H5Gclose)
public enum GroupKind: HandleKind {
  /// H5Gclose
  public static var closingFunction: StaticString { "H5Gclose" }
  /// Closes `id`.
  public static func close(_ id: Int64) -> Int32 { H5Gclose(id) }
}

/// A dataset. (H5Dclose)
public enum DatasetKind: HandleKind {
  /// H5Dclose
  public static var closingFunction: StaticString { "H5Dclose" }
  /// Closes `id`.
  public static func close(_ id: Int64) -> Int32 { H5Dclose(id) }
}

/// An attribute. (H5Aclose)
public enum AttributeKind: HandleKind {
  /// H5Aclose
  public static var closingFunction: StaticString { "H5Aclose" }
  /// Closes `id`.
  public static func close(_ id: Int64) -> Int32 { H5Aclose(id) }
}

/// Extents. (H5Sclose)
public enum DataspaceKind: HandleKind {
  /// H5Sclose
  public static var closingFunction: StaticString { "H5Sclose" }
  /// Closes `id`.
  public static func close(_ id: Int64) -> Int32 { H5Sclose(id) }
}

/// The type of one element. (H5Tclose)
public enum DatatypeKind: HandleKind {
  /// H5Tclose
  public static var closingFunction: StaticString { "H5Tclose" }
  /// Closes `id`.
  public static func close(_ id: Int64) -> Int32 { H5Tclose(id) }
}

/// Options of a call. (H5Pclose)
public enum PropertyListKind: HandleKind {
  /// H5Pclose
  public static var closingFunction: StaticString { "H5Pclose" }
  /// Closes `id`.
  public static func close(_ id: Int64) -> Int32 { H5Pclose(id) }
}

/// What holds attributes: a group or a dataset.
public protocol ObjectKind: HandleKind {}
extension GroupKind: ObjectKind {}
extension DatasetKind: ObjectKind {}

/// An open file.
public typealias File = Handle<FileKind>
/// An open group.
public typealias Group = Handle<GroupKind>
/// An open dataset.
public typealias Dataset = Handle<DatasetKind>
/// An open attribute.
public typealias Attribute = Handle<AttributeKind>
/// Extents of a dataset or attribute.
public typealias Dataspace = Handle<DataspaceKind>
/// The type of one element.
public typealias Datatype = Handle<DatatypeKind>
/// Options of a call.
typealias PropertyList = Handle<PropertyListKind>
