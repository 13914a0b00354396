internal import Checkpoint
internal import HDF5

/// Attributes of one group or dataset, read by name and only if they are what they should be.
struct GuardedAttributes {
  let file: String
  /// The object's path, put before attribute names in messages.
  let object: String

  init(file: String, object: String = "") {
    self.file = file
    self.object = object
  }

  private func title(_ name: String) -> String { object.isEmpty ? "attribute \(name)" : "\(object): attribute \(name)" }

  private func invalid(_ name: String, _ reason: String) -> CheckpointError {
    CheckpointError(file: file, cause: .invalid(object: title(name), reason: reason))
  }

  func missing(_ name: String) -> CheckpointError { CheckpointError(file: file, cause: .missing(title(name))) }

  /// The attribute `name` of `holder` with what it declares; nil where there is none.
  private func open<Kind: ObjectKind>(
    _ name: String, of holder: borrowing Handle<Kind>
  ) throws(CheckpointError) -> Attribute? {
    try hdf5(file) { () throws(HDF5Error) in try holder.attribute(name) }
  }

  private func information(_ attribute: borrowing Attribute, _ name: String) throws(CheckpointError) -> StoredType {
    let information = try hdf5(file) { () throws(HDF5Error) in try attribute.information() }
    guard information.count == 1 else { throw invalid(name, "a single value is needed") }
    return information.type
  }

  /// The text `name`; nil where there is none.
  func text<Kind: ObjectKind>(_ name: String, of holder: borrowing Handle<Kind>) throws(CheckpointError) -> String? {
    guard let attribute = try open(name, of: holder) else { return nil }
    let type = try information(attribute, name)
    if case .variableText = type {
      let bytes = try hdf5(file) { () throws(HDF5Error) in
        try attribute.variableText(limit: ReadingLimits.attributeByteCount)
      }
      guard let bytes else { throw invalid(name, "more than \(ReadingLimits.attributeByteCount) bytes long") }
      guard let text = String(validating: bytes, as: UTF8.self) else { throw invalid(name, "it is not UTF-8") }
      return text
    }
    guard case .text(let size, let padding) = type else { throw invalid(name, type.words(where: "text")) }
    guard size > 0, size <= ReadingLimits.attributeByteCount else { throw invalid(name, "\(size) bytes long") }
    let bytes = try hdf5(file) { () throws(HDF5Error) in try attribute.bytes(count: size) }
    guard let text = padding.text(in: bytes[...]) else { throw invalid(name, "it is not UTF-8") }
    return text
  }

  /// The integer `name`; nil where there is none.
  func integer<Kind: ObjectKind>(_ name: String, of holder: borrowing Handle<Kind>) throws(CheckpointError) -> Int? {
    guard let attribute = try open(name, of: holder) else { return nil }
    let type = try information(attribute, name)
    guard type.isInteger else { throw invalid(name, type.words(where: "an integer")) }
    guard case .scalar(.uint64, _) = type else {
      return try hdf5(file) { () throws(HDF5Error) in Int(try attribute.integer()) }
    }
    let value = try hdf5(file) { () throws(HDF5Error) in try attribute.unsignedInteger() }
    guard let value = Int(exactly: value) else { throw invalid(name, "it is 2⁶³ or more") }
    return value
  }

  /// All attributes of `holder`, which are numbers.
  func numbers<Kind: ObjectKind>(of holder: borrowing Handle<Kind>) throws(CheckpointError) -> [String: Double] {
    var numbers: [String: Double] = [:]
    for name in try names(of: holder) { numbers[name] = try number(name, of: holder) }
    return numbers
  }

  /// All attributes of `holder`, which are numbers or texts.
  func values<Kind: ObjectKind>(
    of holder: borrowing Handle<Kind>
  ) throws(CheckpointError) -> [String: ConfigurationValue] {
    var values: [String: ConfigurationValue] = [:]
    for name in try names(of: holder) {
      guard let attribute = try open(name, of: holder) else { throw missing(name) }
      let type = try information(attribute, name)
      switch type {
      case .text, .variableText: values[name] = try text(name, of: holder).map { .text($0) }
      default:
        guard type.isNumber else { throw invalid(name, type.words(where: "a number or a text")) }
        values[name] = .number(try number(name, of: holder))
      }
    }
    return values
  }

  private func number<Kind: ObjectKind>(
    _ name: String, of holder: borrowing Handle<Kind>
  ) throws(CheckpointError) -> Double {
    guard let attribute = try open(name, of: holder) else { throw missing(name) }
    let type = try information(attribute, name)
    guard type.isNumber else { throw invalid(name, type.words(where: "a number")) }
    return try hdf5(file) { () throws(HDF5Error) in try attribute.number() }
  }

  /// The names of all attributes of `holder`, no more than are put up with, each another text.
  private func names<Kind: ObjectKind>(of holder: borrowing Handle<Kind>) throws(CheckpointError) -> Set<String> {
    let names = try hdf5(file) { () throws(HDF5Error) in
      try holder.attributeNames(limit: ReadingLimits.metrics)
    }
    guard names.count <= ReadingLimits.metrics else {
      let reason = "more than \(ReadingLimits.metrics) attributes"
      throw CheckpointError(file: file, cause: .refused(object: object, reason: reason))
    }
    var distinct: Set<String> = []
    for bytes in names {
      guard bytes.count <= ReadingLimits.nameByteCount, let name = String(validating: bytes, as: UTF8.self) else {
        let reason = "an attribute's name is not UTF-8 or longer than \(ReadingLimits.nameByteCount) bytes"
        throw CheckpointError(file: file, cause: .refused(object: object, reason: reason))
      }
      guard distinct.insert(name).inserted else {
        throw invalid(name, "another attribute's name differs by Unicode's normalisation alone")
      }
    }
    return distinct
  }
}
