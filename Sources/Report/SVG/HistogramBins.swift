#if canImport(Darwin)
  internal import Darwin
#else
  internal import Glibc
#endif

/// Bins of equal width for several samples on one axis.
struct HistogramBins {
  /// Where the first begins.
  let start: Double
  let width: Double
  let count: Int

  /// Fewer hide a shape, more are noise.
  private static let counts = 8.0...80.0

  /// 2·IQR ÷ n^⅓ of each sample (Freedman and Diaconis 1981), of which the narrowest that gives no more than 80 bins over
  /// all of them, to a round number; nil without a finite value.
  init?(_ samples: [[Double]]) {
    let finite = samples.map { $0.filter(\.isFinite).sorted() }.filter { !$0.isEmpty }
    guard let low = finite.map({ $0[0] }).min(), let high = finite.map({ $0[$0.count - 1] }).max() else { return nil }
    // Halves first: the width of the largest numbers is none.
    let most = 2 * (high / 2 / Self.counts.upperBound - low / 2 / Self.counts.upperBound)
    let least = 2 * (high / 2 / Self.counts.lowerBound - low / 2 / Self.counts.lowerBound)
    let wanted = finite.compactMap { sample -> Double? in
      let spread = Self.quantile(sample, 0.75) / 2 - Self.quantile(sample, 0.25) / 2
      return spread > 0 ? 4 * spread / cbrt(Double(sample.count)) : nil
    }.min()
    let width = min(max(wanted ?? least, most), least)
    // Numbers that lie closer than their own digits are one bin.
    let step = Scale.roundStep(max(width, 1e-9, abs(high) * 1e-12, abs(low) * 1e-12))
    let first = (low / step).rounded(.down)
    self.width = step
    start = first * step
    count = max(1, Int(min(1000, (high / step).rounded(.down) - first)) + 1)
  }

  /// How many finite values of `sample` fall into each.
  func counts(_ sample: [Double]) -> [Int] {
    var counts = [Int](repeating: 0, count: count)
    let first = (start / width).rounded()
    for value in sample where value.isFinite {
      counts[Int(min(Double(count - 1), max(0, (value / width).rounded(.down) - first)))] += 1
    }
    return counts
  }

  private static func quantile(_ sorted: [Double], _ share: Double) -> Double {
    let place = share * Double(sorted.count - 1)
    let below = Int(place)
    let above = min(below + 1, sorted.count - 1)
    let rest = place - Double(below)
    return sorted[below] * (1 - rest) + sorted[above] * rest
  }
}
