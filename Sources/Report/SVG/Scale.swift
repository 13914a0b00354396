#if canImport(Darwin)
  internal import Darwin
#else
  internal import Glibc
#endif

/// How values become places on an axis.
struct Scale {
  enum Kind {
    case linear
    case logarithmic
    /// log(1 + x), for steps that begin at 0 and are spaced by their logarithm.
    case logarithmicFromZero
  }

  let kind: Kind
  /// Lowest and highest value on the axis.
  let domain: ClosedRange<Double>
  /// Where they are drawn.
  let range: ClosedRange<Double>
  /// Whether the highest value has the lowest coordinate, as on a vertical axis.
  let isFlipped: Bool

  /// The largest magnitude on an axis, and the least step: differences and steps of these are numbers still.
  private static let largest = 1e300
  private static let least = 1e-300

  init(_ kind: Kind, _ domain: ClosedRange<Double>, to range: ClosedRange<Double>, isFlipped: Bool = false) {
    self.kind = kind
    self.domain = Self.within(domain.lowerBound)...Self.within(domain.upperBound)
    self.range = range
    self.isFlipped = isFlipped
  }

  /// The place of `value`, kept within the axis.
  func callAsFunction(_ value: Double) -> Double {
    let low = forward(domain.lowerBound)
    let high = forward(domain.upperBound)
    let share = high > low && !value.isNaN ? min(1, max(0, (forward(Self.within(value)) - low) / (high - low))) : 0.5
    let length = range.upperBound - range.lowerBound
    return isFlipped ? range.upperBound - share * length : range.lowerBound + share * length
  }

  private func forward(_ value: Double) -> Double {
    switch kind {
    case .linear: value
    case .logarithmic: log10(max(value, 1e-300))
    case .logarithmicFromZero: log10(1 + max(0, value))
    }
  }

  /// Round values along the axis, about `count` of them, with what is written at each.
  func ticks(_ count: Int) -> [(value: Double, label: String)] {
    switch kind {
    case .linear: return linearTicks(count).map { ($0, Self.label($0)) }
    case .logarithmic:
      let low = Int(forward(domain.lowerBound).rounded(.up))
      let high = Int(forward(domain.upperBound).rounded(.down))
      guard high > low else { return linearTicks(count).map { ($0, Self.label($0)) } }
      let stride = max(1, (high - low + count - 1) / count)
      return Swift.stride(from: low, through: high, by: stride).map { (pow(10, Double($0)), Self.power($0)) }
    case .logarithmicFromZero:
      var ticks: [(Double, String)] = domain.lowerBound <= 0 ? [(0, "0")] : []
      let high = Int(log10(max(1, domain.upperBound)).rounded(.down))
      let stride = max(1, (high + count) / count)
      for power in Swift.stride(from: high, through: 0, by: -stride).reversed()
      where pow(10, Double(power)) >= domain.lowerBound {
        ticks.append((pow(10, Double(power)), Self.label(pow(10, Double(power)))))
      }
      return ticks
    }
  }

  private func linearTicks(_ count: Int) -> [Double] {
    let length = domain.upperBound - domain.lowerBound
    guard length > 0, length.isFinite else { return [domain.lowerBound] }
    let step = Self.roundStep(length / Double(max(1, count)))
    let first = (domain.lowerBound / step - 1e-9).rounded(.up)
    let last = (domain.upperBound / step + 1e-9).rounded(.down)
    guard last - first < 100, last >= first else { return [] }
    return Swift.stride(from: first, through: last, by: 1).map { $0 * step }
  }

  private static func within(_ value: Double) -> Double { min(largest, max(-largest, value)) }

  /// The least of 1, 2, 5 × 10ⁿ that is not below `step`.
  static func roundStep(_ step: Double) -> Double {
    let step = max(step, least)
    let unit = pow(10, log10(step).rounded(.down))
    let factor = step / unit
    return unit * (factor <= 1.0001 ? 1 : factor <= 2.0001 ? 2 : factor <= 5.0001 ? 5 : 10)
  }

  static func label(_ value: Double) -> String {
    let magnitude = abs(within(value))
    guard magnitude >= least else { return "0" }
    if magnitude >= 1e6 || (magnitude > 0 && magnitude < 1e-3) {
      let exponent = Int(log10(magnitude * (1 + 1e-12)).rounded(.down))
      let mantissa = within(value) / pow(10, Double(exponent))
      let digits = NumberText.shortest((mantissa * 100).rounded() / 100)
      return digits == "1" ? power(exponent) : "\(digits)·\(power(exponent))"
    }
    if value == value.rounded() { return NumberText.count(Int(value)) }
    let text = NumberText.fixed(value, decimals: 4)
    let trimmed = text.reversed().drop { $0 == "0" }.reversed()
    return String(trimmed)
  }

  private static func power(_ exponent: Int) -> String {
    let raised: [Character: Character] = [
      "0": "⁰", "1": "¹", "2": "²", "3": "³", "4": "⁴", "5": "⁵", "6": "⁶", "7": "⁷", "8": "⁸", "9": "⁹", "-": "⁻",
    ]
    switch exponent {
    case 0: return "1"
    case 1: return "10"
    default: return "10" + String(String(exponent).map { raised[$0] ?? $0 })
    }
  }

  /// From 0, or from below it, up to a round value above `values`.
  static func fromZero(_ values: [Double]) -> ClosedRange<Double> {
    let low = within(min(0, values.min() ?? 0))
    let high = within(max(0, values.max() ?? 1))
    guard high > low else { return low...(low + 1) }
    let step = roundStep((high - low) / 5)
    return ((low / step).rounded(.down) * step)...((high / step).rounded(.up) * step)
  }

  /// Around `values`, with some air.
  static func around(_ values: [Double]) -> ClosedRange<Double> {
    guard let low = values.min().map(within), let high = values.max().map(within) else { return 0...1 }
    guard high > low else { return (low - max(1e-9, abs(low) * 0.1))...(high + max(1e-9, abs(high) * 0.1)) }
    return (low - 0.06 * (high - low))...(high + 0.06 * (high - low))
  }
}

extension Scale.Kind {
  /// For training steps: logarithmic where their schedule is, which is where half of them lie in the first eighth.
  init(steps: [Int]) {
    let sorted = steps.sorted()
    guard sorted.count >= 4, let last = sorted.last, sorted[0] >= 0 else {
      self = .linear
      return
    }
    self = sorted[sorted.count / 2] < last / 8 ? .logarithmicFromZero : .linear
  }
}
