internal import Checkpoint

extension RunConfiguration {
  /// The settings by name, each a number or a text.
  var valuesJSON: JSONValue {
    .object(
      values.sorted { $0.key < $1.key }.map { name, value in
        switch value {
        case .number(let number): .init(key: name, value: JSONValue(number))
        case .text(let text): .init(key: name, value: .string(text))
        }
      })
  }
}
