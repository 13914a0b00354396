extension JSONValue {
  /// The value at `path`: names and 0-based places separated by full stops, such as `kl.held_out.regret` or
  /// `damping_path.0.cosine`; an element of an array also by its `name`, such as `tensors.hidden.weight.kl`, by its minibatch, or by where it
  /// leads, such as `transfer.train.validation.euclidean.excess`.
  ///
  /// Names may contain full stops themselves: the longest that fits is tried first. Nil where nothing is there.
  public func value(at path: String) -> JSONValue? {
    guard !path.isEmpty else { return self }
    func follow(_ name: String, _ value: JSONValue) -> JSONValue? {
      guard path.hasPrefix(name) else { return nil }
      let rest = path.dropFirst(name.count)
      if rest.isEmpty { return value }
      return rest.first == "." ? value.value(at: String(rest.dropFirst())) : nil
    }
    switch self {
    case .object(let members):
      for member in members.sorted(by: { $0.key.count > $1.key.count }) {
        if let found = follow(member.key, member.value) { return found }
      }
      return nil
    case .array(let values):
      let named = values.compactMap { value -> (String, JSONValue)? in
        if case .string(let name) = value["name"] {
          (name, value)
        } else if case .integer(let row) = value["minibatch"] {
          (String(row), value)
        } else if case (.string(let from)?, .string(let to)?) = (value["from"], value["to"]) {
          ("\(from).\(to)", value)
        } else {
          nil
        }
      }
      for (name, value) in named.sorted(by: { $0.0.count > $1.0.count }) {
        if let found = follow(name, value) { return found }
      }
      let place = path.prefix { $0 != "." }
      guard let index = Int(place), values.indices.contains(index) else { return nil }
      return follow(String(place), values[index])
    default:
      return nil
    }
  }
}
