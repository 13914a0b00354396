#if canImport(Darwin)
  internal import Darwin
#else
  internal import Glibc
#endif

/// Numbers for people: a few significant digits, an error beside its value, whole numbers in groups of three.
enum NumberText {
  /// `value` with `decimals` digits after the point.
  static func fixed(_ value: Double, decimals: Int) -> String {
    let text = print("%.*f", decimals, value)
    return text.first == "-" && !text.contains(where: { ("1"..."9").contains($0) }) ? String(text.dropFirst()) : text
  }

  /// `value` to `digits` significant digits, in powers of ten only where it is very large or very small; – for what is no
  /// number.
  static func rounded(_ value: Double, digits: Int = 4) -> String {
    guard value.isFinite else { return value.isNaN ? "–" : value < 0 ? "−∞" : "∞" }
    guard value != 0 else { return "0" }
    let size = exponent(value, digits: digits)
    guard (-4..<7).contains(size) else { return print("%.*e", digits - 1, value) }
    return fixed(value, decimals: max(0, digits - 1 - size))
  }

  /// `value` to `digits` significant digits in powers of ten, whatever its size.
  static func scientific(_ value: Double, digits: Int) -> String { print("%.*e", digits - 1, value) }

  /// `value` ± `error`, both to the second digit of the error.
  static func withError(_ value: Double, _ error: Double?) -> String {
    guard let error, error > 0, error.isFinite, value.isFinite else { return rounded(value) }
    let size = max(exponent(value, digits: 3), exponent(error, digits: 2))
    guard (-4..<7).contains(size) else { return "\(rounded(value, digits: 3)) ± \(rounded(error, digits: 2))" }
    let decimals = min(8, max(0, 1 - exponent(error, digits: 2)))
    return "\(fixed(value, decimals: decimals)) ± \(fixed(error, decimals: decimals))"
  }

  /// A whole number in groups of three.
  static func count(_ value: Int) -> String {
    let digits = String(value.magnitude)
    var output = ""
    for (index, digit) in digits.enumerated() {
      if index > 0 && (digits.count - index).isMultiple(of: 3) { output.append(",") }
      output.append(digit)
    }
    return value < 0 ? "-" + output : output
  }

  /// A number that is whole most of the time, such as a mean batch size.
  static func count(_ value: Double) -> String {
    abs(value) < 1e15 && abs(value - value.rounded()) <= 1e-12 * abs(value)
      ? count(Int(value.rounded())) : rounded(value)
  }

  /// About how many examples: two digits, since no more is known of them.
  static func examples(_ value: Double) -> String {
    guard value >= 10, value < 1e7 else { return rounded(value, digits: 2) }
    let unit = pow(10, Double(exponent(value, digits: 2) - 1))
    return count(Int((value / unit).rounded() * unit))
  }

  /// Bytes in the largest binary unit that keeps three digits.
  static func bytes(_ value: Int) -> String {
    var amount = Double(value)
    for unit in ["B", "KiB", "MiB", "GiB"] {
      if amount < 1000 { return unit == "B" ? "\(value) B" : "\(rounded(amount, digits: 3)) \(unit)" }
      amount /= 1024
    }
    return "\(rounded(amount, digits: 3)) TiB"
  }

  /// A number that was written by hand, such as a damping weight, with the digits it was written with.
  static func shortest(_ value: Double) -> String {
    let text = value.description
    if text.hasSuffix(".0") { return String(text.dropLast(2)) }
    return text.contains("e") ? rounded(value, digits: 1) : text
  }

  /// A share in percent; what is a rounding error is 0.
  static func percent(_ share: Double) -> String {
    let value = abs(share) < 1e-9 ? 0 : 100 * share
    guard abs(value) < 1e7 else { return rounded(value, digits: 2) + "%" }
    return abs(value) >= 10 || value == 0 ? fixed(value, decimals: 0) + "%" : rounded(value, digits: 2) + "%"
  }

  /// The same with half the width of its interval, where that is more than a rounding error.
  static func percent(_ share: Double, halfWidth: Double?) -> String {
    guard let halfWidth, halfWidth > 1e-9, halfWidth < 1e4, abs(share) < 1e4 else { return percent(share) }
    return withError(100 * share, 100 * halfWidth).split(separator: " ").map { $0 == "±" ? " ± " : $0 + "%" }.joined()
  }

  /// The power of ten of the first digit once `value` is rounded to `digits`.
  private static func exponent(_ value: Double, digits: Int) -> Int {
    guard value != 0 else { return 0 }
    let size = Int(log10(abs(value)).rounded(.down))
    let unit = pow(10, Double(size - digits + 1))
    return (abs(value) / unit).rounded() * unit >= pow(10, Double(size + 1)) * (1 - 1e-12) ? size + 1 : size
  }

  private static func print(_ format: String, _ digits: Int, _ value: Double) -> String {
    withVaList([Int32(clamping: digits), value]) { arguments in
      var buffer = [CChar](repeating: 0, count: 400)
      let count = vsnprintf(&buffer, buffer.count, format, arguments)
      return String(decoding: buffer.prefix(Int(count)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
  }
}
