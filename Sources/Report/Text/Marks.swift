internal import Regret

/// Small pictures made of characters.
enum Marks {
  private static let eighths: [Character] = [" ", "▏", "▎", "▍", "▌", "▋", "▊", "▉", "█"]
  private static let levels: [Character] = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"]

  /// A bar of at most `width` columns for a `share` of the whole.
  static func bar(_ share: Double, width: Int) -> String {
    guard share.isFinite, share > 0 else { return "" }
    let parts = Int((min(1, share) * Double(width * 8)).rounded())
    let whole = String(repeating: "█", count: parts / 8)
    return parts % 8 == 0 ? whole : whole + String(eighths[parts % 8])
  }

  /// One column a value from the lowest to the highest; at most `width`, each then the mean of its share of values.
  static func spark(_ values: [Double?], width: Int) -> String {
    let known = values.compactMap { $0 }.filter(\.isFinite)
    guard let low = known.min(), let high = known.max() else { return "" }
    let count = min(width, values.count)
    return String(
      (0..<count).map { column -> Character in
        let part = values[(column * values.count / count)..<((column + 1) * values.count / count)].compactMap { $0 }
        guard !part.isEmpty else { return " " }
        let mean = part.reduce(0, +) / Double(part.count)
        guard high > low else { return levels[3] }
        // Halves, since the width of the largest numbers is none.
        let share = (mean / 2 - low / 2) / (high / 2 - low / 2) * 8
        return share.isNaN ? levels[3] : levels[Int(min(7, max(0, share)))]
      })
  }

  /// An arrow where `value` left `previous` by more than the sides of both intervals that face each other, added as
  /// independent errors are; a point where it did not, or where such a side is open.
  static func trend(_ value: Estimate?, after previous: Estimate?) -> String {
    guard let value, let previous, let interval = value.interval, let before = previous.interval else { return " " }
    let isRise = value.value > previous.value
    let facing =
      isRise
      ? (value.value - interval.low, before.high.map { $0 - previous.value })
      : (previous.value - before.low, interval.high.map { $0 - value.value })
    guard let other = facing.1 else { return "·" }
    let width = (facing.0 * facing.0 + other * other).squareRoot()
    guard abs(value.value - previous.value) > width else { return "·" }
    return isRise ? "↑" : "↓"
  }
}
