/// A JSON value whose objects keep the order of their members, so that equal reports are equal bytes.
public enum JSONValue: Hashable, Sendable {
  /// Nothing, or a measure that cannot be computed.
  case null
  /// A truth value.
  case bool(Bool)
  /// A whole number.
  case integer(Int)
  /// A finite number.
  case number(Double)
  /// Text.
  case string(String)
  /// Values in order.
  case array([JSONValue])
  /// Named values in order.
  case object([Member])

  /// A named value of an object.
  public struct Member: Hashable, Sendable {
    /// Its name.
    public var key: String
    /// Its value.
    public var value: JSONValue
  }

  /// A number; null where there is none or it is not finite, which JSON cannot express.
  public init(_ value: Double?) {
    if let value, value.isFinite { self = .number(value) } else { self = .null }
  }

  /// Text; null where there is none.
  public init(_ value: String?) { self = value.map(JSONValue.string) ?? .null }

  /// A whole number; null where there is none.
  public init(_ value: Int?) { self = value.map(JSONValue.integer) ?? .null }

  /// The member `key` of an object; nil where there is none.
  public subscript(key: String) -> JSONValue? {
    guard case .object(let members) = self else { return nil }
    return members.first { $0.key == key }?.value
  }

  /// The number that this is, if it is one.
  public var double: Double? {
    switch self {
    case .number(let value): value
    case .integer(let value): Double(value)
    default: nil
    }
  }
}

extension JSONValue: ExpressibleByDictionaryLiteral, ExpressibleByArrayLiteral, ExpressibleByStringLiteral,
  ExpressibleByNilLiteral
{
  /// An object with its members in the order written.
  public init(dictionaryLiteral elements: (String, JSONValue)...) {
    self = .object(elements.map { Member(key: $0.0, value: $0.1) })
  }

  /// An array.
  public init(arrayLiteral elements: JSONValue...) { self = .array(elements) }

  /// Text.
  public init(stringLiteral value: String) { self = .string(value) }

  /// Null.
  public init(nilLiteral: ()) { self = .null }
}
