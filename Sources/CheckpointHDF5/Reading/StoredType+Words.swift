internal import HDF5

extension StoredType {
  var isInteger: Bool {
    switch self {
    case .scalar(.int64, _), .scalar(.uint64, _), .scalar(.uint16, _), .integer: true
    default: false
    }
  }

  var isNumber: Bool {
    switch self {
    case .scalar(.float16, _), .scalar(.bfloat16, _), .scalar(.float32, _), .scalar(.float64, _): true
    default: isInteger
    }
  }

  /// What it is, for messages, where something else is `needed`.
  func words(where needed: String) -> String {
    if self == .variableText {
      return "text of variable length, which is not read: give it a fixed length, "
        + "with h5py as dtype=h5py.string_dtype(\"utf-8\", length)"
    }
    return "it is \(words), not \(needed)"
  }

  private var words: String {
    switch self {
    case .scalar(.float16, _): "float16"
    case .scalar(.bfloat16, _): "bfloat16"
    case .scalar(.float32, _): "float32"
    case .scalar(.float64, _): "float64"
    case .scalar(.uint16, _): "uint16"
    case .scalar, .integer: "an integer"
    case .text: "text"
    case .variableText: "text of variable length"
    case .opaque(let byteCount): "opaque bytes, \(byteCount) an element"
    case .other(let words): words
    }
  }
}

extension StoredType.Padding {
  /// The text in `bytes` without its padding; nil where it is not UTF-8.
  func text(in bytes: ArraySlice<UInt8>) -> String? {
    var end = bytes.endIndex
    switch self {
    case .zeroTerminated: end = bytes.firstIndex(of: 0) ?? end
    case .zeros: while end > bytes.startIndex, bytes[end - 1] == 0 { end -= 1 }
    case .spaces: while end > bytes.startIndex, bytes[end - 1] == UInt8(ascii: " ") { end -= 1 }
    }
    return String(validating: bytes[..<end], as: UTF8.self)
  }
}
