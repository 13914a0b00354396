#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

/// How long captures have held the training up, beside how long it has run [seconds].
struct CaptureBudget {
  private let start: Double
  private(set) var held = 0.0
  private var last = 0.0

  init(start: Double) { self.start = start }

  /// A capture held the training for so long.
  mutating func add(held seconds: Double) {
    held += seconds
    last = seconds
  }

  /// The share of the time since the start that captures have taken.
  func share(at now: Double) -> Double { now > start ? held / (now - start) : 0 }

  /// Whether another capture as long as the last one would keep within `share` of the time since the start. The first is
  /// always allowed, since nobody knows before it what one takes.
  func allows(share: Double, at now: Double) -> Bool {
    held == 0 || held + last <= share * (now - start + last)
  }
}

/// Seconds since some fixed moment, whatever happens to the clock on the wall.
func monotonicSeconds() -> Double {
  var time = timespec()
  clock_gettime(CLOCK_MONOTONIC, &time)
  return Double(time.tv_sec) + 1e-9 * Double(time.tv_nsec)
}
