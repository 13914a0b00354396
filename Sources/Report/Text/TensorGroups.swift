internal import Regret

/// Tensors of a large model gathered by their names: `h.0.attn.*` holds `h.0.attn.qkv.weight` and what stands beside it.
struct TensorGroups {
  struct Group {
    /// What the names begin with, and `.*`.
    let name: String
    let members: [TensorRegret]
    var count: Int { members.reduce(0) { $0 + $1.count } }
    var live: Int { members.reduce(0) { $0 + ($1.live ?? $1.count) } }
  }

  /// In the order in which they first appear.
  let groups: [Group]

  /// Groups of names that agree in as many parts as keep their number at `limit` or below; nil where names do not tell.
  init?(_ tensors: [TensorRegret], limit: Int) {
    let parts = tensors.map { $0.name.split(whereSeparator: { $0 == "." || $0 == "/" }).map(String.init) }
    let depth = parts.map(\.count).max() ?? 0
    for kept in stride(from: depth - 1, through: 1, by: -1) {
      var names: [String] = []
      var members: [String: [TensorRegret]] = [:]
      for (tensor, words) in zip(tensors, parts) {
        let name = words.count > kept ? words.prefix(kept).joined(separator: ".") + ".*" : tensor.name
        if members[name] == nil { names.append(name) }
        members[name, default: []].append(tensor)
      }
      guard names.count <= limit, names.count > 1 else { continue }
      groups = names.map { Group(name: $0, members: members[$0]!) }
      return
    }
    // Layers that are numbered within a name: w1, w2, … or h.0.attn, h.1.attn, …
    let kinds = tensors.map { Self.withoutNumbers($0.name) }
    let names = kinds.enumerated().filter { kinds.firstIndex(of: $1) == $0 }.map(\.1)
    guard names.count <= limit, names.count < tensors.count else { return nil }
    groups = names.map { name in
      Group(name: name, members: zip(kinds, tensors).filter { $0.0 == name }.map(\.1))
    }
  }

  /// `name` with a * for every run of digits.
  private static func withoutNumbers(_ name: String) -> String {
    var result = ""
    for character in name {
      if !character.isNumber { result.append(character) } else if result.last != "*" { result.append("*") }
    }
    return result
  }
}
