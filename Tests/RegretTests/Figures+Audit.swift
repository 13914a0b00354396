internal import Regret

extension Audit {
  /// What this audit says, with the size of the terms that each number is a difference of, every number times
  /// `factor(name)`: what another audit is expected to say.
  func expected(_ factor: (String) -> Double = { _ in 1 }) -> Figures {
    let figures = figures
    var result = Figures()
    for (key, value) in figures {
      result[key] = Figure(value.map { $0 * factor(key) }, scale: Self.scale(key, figures) * abs(factor(key)))
    }
    return result
  }

  private static func scale(_ key: String, _ figures: [String: Double?]) -> Double {
    let parts = key.split(separator: ".").map(String.init)
    let name = parts.last == "value" || parts.last == "stderr" ? parts.dropLast().last! : parts.last!
    func other(_ other: String) -> Double {
      let prefix = key[..<key.range(of: name)!.lowerBound]
      return (figures["\(prefix)\(other)"] ?? nil).map(abs) ?? 0
    }
    // Where the iteration for the weights ends decides the sixth digit.
    if key.hasPrefix("kl.estimate.") { return 1e3 * max(1, abs(figures[key]! ?? 0), other("norm.value")) }
    switch name {
    case "regret", "norm": return max(other("norm.value"), other("norm"), other("regret.value"))
    case "mean_gradient_square", "noise": return other("rms_norm") * other("rms_norm")
    case "contrast": return other("contrast") * other("contrast")
    case "noise_scale": return other("contrast") * other("contrast") * other("noise_scale.value")
    case "tic": return other("tic.value")
    case "kl", "euclidean": return other("\(name).value")
    default: return 1
    }
  }
}

/// The suffix of `name` after its last dot but one, where it is an estimate's.
func measure(of key: String) -> String {
  let parts = key.split(separator: ".").map(String.init)
  return parts.last == "value" || parts.last == "stderr" ? parts.dropLast().last! : parts.last!
}

extension String {
  fileprivate func range(of part: String) -> Range<String.Index>? {
    var last: Range<String.Index>?
    var index = startIndex
    while index < endIndex {
      if self[index...].hasPrefix(part) { last = index..<self.index(index, offsetBy: part.count) }
      index = self.index(after: index)
    }
    return last
  }
}
