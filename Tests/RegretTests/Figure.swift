/// One number of an audit as the definitions give it.
struct Figure {
  /// Nil where it cannot be computed.
  var value: Double?
  /// The size of the terms that it is a difference of: rounding is relative to this.
  var scale: Double

  init(_ value: Double?, scale: Double = 0) {
    self.value = value
    self.scale = max(scale, abs(value ?? 0))
  }
}

/// The numbers of an audit by their place in the report, such as `kl.in_sample.regret.value`.
typealias Figures = [String: Figure]

extension Figures {
  /// What of `found` is not this within `tolerance`, a line each.
  func disagreements(with found: [String: Double?], tolerance: Double) -> [String] {
    var lines: [String] = []
    for key in Set(keys).union(found.keys).sorted() {
      guard let expected = self[key], let other = found[key] else {
        lines.append("\(key) is in one of them only")
        continue
      }
      switch (expected.value, other) {
      case (nil, nil): continue
      case (let value?, let other?):
        if !(abs(value - other) <= tolerance * expected.scale) { lines.append("\(key): \(other), not \(value)") }
      case (let value, let other):
        lines.append("\(key): \(other.map { "\($0)" } ?? "nil"), not \(value.map { "\($0)" } ?? "nil")")
      }
    }
    return lines
  }

  /// Adds `others` under `prefix`.
  mutating func add(_ prefix: String, _ others: Figures) {
    for (key, figure) in others { self["\(prefix).\(key)"] = figure }
  }
}
