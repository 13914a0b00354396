internal import CHDF5

/// The type of one element as it was found in a file.
public enum StoredType: Hashable, Sendable {
  /// IEEE 754 or integer, as ``ScalarType`` has it, or the same with the bytes in the other order.
  case scalar(ScalarType, isLittleEndian: Bool)
  /// Some other integer of at most 64 bits.
  case integer(byteCount: Int)
  /// Text of a fixed length.
  case text(byteCount: Int, padding: Padding)
  /// Text of variable length.
  case variableText
  /// Bytes that mean nothing to HDF5.
  case opaque(byteCount: Int)
  /// Anything else, in words.
  case other(String)

  /// What follows a text that is shorter than its room.
  public enum Padding: Hashable, Sendable {
    /// A zero and then anything.
    case zeroTerminated
    /// Zeros.
    case zeros
    /// Spaces.
    case spaces
  }

  /// What `type`, an open datatype, is. (H5Tget_class, H5Tequal)
  init(of type: borrowing Datatype) throws(HDF5Error) {
    let id = type.id
    let kind = callUnchecked { H5Tget_class(id) }
    let size = callUnchecked { H5Tget_size(id) }
    switch kind {
    case H5T_STRING:
      if try call("H5Tis_variable_str", { H5Tis_variable_str(id) }) > 0 {
        self = .variableText
        return
      }
      let padding = try call("H5Tget_strpad") { H5Tget_strpad(id).rawValue }
      switch padding {
      case H5T_STR_NULLTERM.rawValue: self = .text(byteCount: size, padding: .zeroTerminated)
      case H5T_STR_NULLPAD.rawValue: self = .text(byteCount: size, padding: .zeros)
      case H5T_STR_SPACEPAD.rawValue: self = .text(byteCount: size, padding: .spaces)
      default: self = .other("text with an unknown padding")
      }
    case H5T_FLOAT:
      for scalar in [ScalarType.float32, .float64, .float16, .bfloat16] {
        for isLittleEndian in [true, false] where try type.equals(scalar, isLittleEndian: isLittleEndian) {
          self = .scalar(scalar, isLittleEndian: isLittleEndian)
          return
        }
      }
      self = .other("a floating-point number of \(size) bytes that is not IEEE 754's")
    case H5T_INTEGER:
      for scalar in [ScalarType.int64, .uint16, .uint64] {
        for isLittleEndian in [true, false] where try type.equals(scalar, isLittleEndian: isLittleEndian) {
          self = .scalar(scalar, isLittleEndian: isLittleEndian)
          return
        }
      }
      let precision = callUnchecked { H5Tget_precision(id) }
      self = size <= 8 && precision == size * 8 ? .integer(byteCount: size) : .other("an integer of odd size")
    case H5T_VLEN: self = .other("a sequence of variable length")
    case H5T_REFERENCE: self = .other("references")
    case H5T_COMPOUND: self = .other("compound")
    case H5T_ARRAY: self = .other("arrays")
    case H5T_ENUM: self = .other("an enumeration")
    case H5T_OPAQUE: self = .opaque(byteCount: size)
    default: self = .other("of an unknown class")
    }
  }
}

extension Datatype {
  /// Whether this is exactly `scalar` in the byte order told. (H5Tequal)
  fileprivate func equals(_ scalar: ScalarType, isLittleEndian: Bool) throws(HDF5Error) -> Bool {
    let other = try scalar.datatype()
    let (id, otherID) = (id, other.id)
    if !isLittleEndian { try call("H5Tset_order") { H5Tset_order(otherID, H5T_ORDER_BE) } }
    return try call("H5Tequal") { H5Tequal(id, otherID) } > 0
  }
}
