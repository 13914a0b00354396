#if canImport(Darwin)
  internal import Darwin
#else
  internal import Glibc
#endif

/// The heights that are told apart in pictures of losses that are to be compared.
struct SurfaceScale {
  /// Rising; the first is the least loss.
  let levels: [Double]
  /// Whether they are evenly spaced by the logarithm of their rise above the least.
  let isLogarithmic: Bool

  static let count = 10
  /// A rise that is so many times the median's hides all that is below it on a linear scale.
  private static let ratio = 20.0
  /// Decades that are told apart at most.
  private static let decades = 4.0

  /// One scale for all of `losses`; nil where they are the same everywhere.
  init?(_ losses: [[Double]]) {
    let finite = losses.joined().filter(\.isFinite).sorted()
    guard let low = finite.first, let high = finite.last, high > low else { return nil }
    let (rise, median) = (high - low, finite[finite.count / 2] - low)
    isLogarithmic = rise.isFinite && median > 0 && rise > Self.ratio * median
    let steps = 0...Self.count
    if isLogarithmic {
      let least = max(rise * pow(10, -Self.decades), finite[finite.count / 20] - low)
      let width = log10(rise / least)
      levels = steps.map { step in
        step == 0 ? low : low + rise * pow(10, -width * (1 - Double(step) / Double(Self.count)))
      }
    } else {
      // Square roots of rises are evenly spaced, so a round bowl has evenly spaced lines.
      levels = steps.map { step in
        let share = Double(step) / Double(Self.count)
        // Not low + s²·(high − low): the width of the largest losses is no number.
        return low * (1 - share * share) + high * share * share
      }
    }
  }
}
