internal import ArgumentParser

/// A number of bytes with an optional binary unit: 500M, 2G, 2GiB, 1073741824.
struct MemorySize: ExpressibleByArgument {
  let byteCount: Int

  init?(argument: String) {
    let digits = argument.prefix { $0.isNumber || $0 == "." }
    let units = ["": 0, "b": 0, "k": 1, "m": 2, "g": 3, "t": 4]
    var unit = argument.dropFirst(digits.count).lowercased()
    if unit.hasSuffix("ib") { unit.removeLast(2) } else if unit.count == 2 && unit.hasSuffix("b") { unit.removeLast() }
    guard let number = Double(digits), let power = units[unit] else { return nil }
    let bytes = (0..<power).reduce(number) { value, _ in value * 1024 }
    guard bytes >= 1, bytes < 1e18 else { return nil }
    byteCount = Int(bytes)
  }
}
