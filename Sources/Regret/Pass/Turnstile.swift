internal import Dispatch

/// Lets blocks through in the order of their numbers, so that totals do not depend on how many workers there are.
///
/// Whoever holds the lowest number not yet through never waits, so workers cannot wait for each other in a circle.
struct Turnstile: Sendable {
  private let gates: [DispatchSemaphore]

  init(count: Int) {
    gates = (0...count).map { _ in DispatchSemaphore(value: 0) }
    // Not as an initial value: a semaphore must not end below the value it began with.
    gates[0].signal()
  }

  /// Waits until all numbers below `number` are through, runs `body`, and lets the next one through.
  func pass(_ number: Int, _ body: () -> Void) {
    gates[number].wait()
    body()
    gates[number + 1].signal()
  }
}
