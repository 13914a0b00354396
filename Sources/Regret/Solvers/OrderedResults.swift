internal import Dispatch
internal import Synchronization

/// Results of numbered pieces of work, taken in the order of their numbers, whichever is there first.
///
/// Nobody waits for a result that comes before its own: it is left here, and taken by whoever brings the one before it.
final class OrderedResults<Result: Sendable>: Sendable {
  private let state = Mutex<(next: Int, waiting: [Int: Result?])>((0, [:]))
  private let room: DispatchSemaphore

  /// At most `capacity` results are being made or wait.
  init(capacity: Int) {
    // Not as an initial value: a semaphore must not end below the value it began with.
    room = DispatchSemaphore(value: 0)
    for _ in 0..<capacity { room.signal() }
  }

  /// Waits until one more may be made. To be called before its number is drawn: whoever has the lowest number then
  /// never waits, so none can wait for each other in a circle.
  func begin() { room.wait() }

  /// None will be made after all.
  func cancel() { room.signal() }

  /// Brings the result of piece `number`, nil where there is none. Calls `take` in the order of the numbers, one at a
  /// time, and what it returns beside others.
  func put(_ number: Int, _ result: Result?, take: (Int, Result) -> (@Sendable () -> Void)?) {
    state.withLock { $0.waiting[number] = .some(result) }
    while true {
      let (isTaken, afterwards) = state.withLock { state -> (Bool, (@Sendable () -> Void)?) in
        guard let result = state.waiting.removeValue(forKey: state.next) else { return (false, nil) }
        let number = state.next
        state.next += 1
        return (true, result.flatMap { take(number, $0) })
      }
      guard isTaken else { return }
      room.signal()
      afterwards?()
    }
  }
}
