internal import CHDF5

/// The type of one element as checkpoint files use them, little-endian.
public enum ScalarType: Hashable, Sendable {
  /// Signed integer of 64 bits.
  case int64
  /// Unsigned integer of 64 bits.
  case uint64
  /// Unsigned integer of 16 bits.
  case uint16
  /// IEEE 754 binary16.
  case float16
  /// The upper half of a binary32 as a floating-point number, as newer libraries have it.
  case bfloat16
  /// IEEE 754 binary32.
  case float32
  /// IEEE 754 binary64.
  case float64
  /// UTF-8 of a fixed length, padded with zeros.
  case text(byteCount: Int)
}

extension ScalarType {
  /// A new datatype of this kind. (H5Tcopy, H5Tset_fields, H5Tset_cset)
  func datatype() throws(HDF5Error) -> Datatype {
    let source: hid_t =
      switch self {
      case .int64: callUnchecked { gp_std_i64le() }
      case .uint64: callUnchecked { gp_std_u64le() }
      case .uint16: callUnchecked { gp_std_u16le() }
      case .float16, .bfloat16, .float32: callUnchecked { gp_ieee_f32le() }
      case .float64: callUnchecked { gp_ieee_f64le() }
      case .text: callUnchecked { gp_c_s1() }
      }
    let type = try Datatype("H5Tcopy") { H5Tcopy(source) }
    let id = type.id
    switch self {
    case .float16:
      // Sign in bit 15, five bits of exponent from bit 10 with a bias of 15, ten bits of mantissa.
      try call("H5Tset_fields") { H5Tset_fields(id, 15, 10, 5, 0, 10) }
      try call("H5Tset_size") { H5Tset_size(id, 2) }
      try call("H5Tset_ebias") { H5Tset_ebias(id, 15) }
    case .bfloat16:
      // Sign in bit 15, eight bits of exponent from bit 7 with binary32's bias, seven bits of mantissa.
      try call("H5Tset_fields") { H5Tset_fields(id, 15, 7, 8, 0, 7) }
      try call("H5Tset_size") { H5Tset_size(id, 2) }
      try call("H5Tset_ebias") { H5Tset_ebias(id, 127) }
    case .text(let byteCount):
      try call("H5Tset_size") { H5Tset_size(id, byteCount) }
      try call("H5Tset_strpad") { H5Tset_strpad(id, H5T_STR_NULLPAD) }
      try call("H5Tset_cset") { H5Tset_cset(id, H5T_CSET_UTF8) }
    default: break
    }
    return type
  }
}
