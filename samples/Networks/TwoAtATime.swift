internal import Dispatch
internal import Synchronization

/// Does `work` for 0..<count, two at a time, and prints the line that each returns after its number. Begins no more once one has
/// failed, and throws its error.
public func twoAtATime(_ count: Int, _ work: @Sendable (Int) throws -> String) throws {
  let next = Atomic(0)
  let failure = Mutex<(any Error)?>(nil)
  DispatchQueue.concurrentPerform(iterations: 2) { _ in
    while true {
      let index = next.add(1, ordering: .relaxed).oldValue
      guard index < count, failure.withLock({ $0 == nil }) else { return }
      do {
        let line = try work(index)
        print("[\(index + 1)/\(count)] \(line)")
      } catch {
        failure.withLock { $0 = error }
      }
    }
  }
  if let error = failure.withLock({ $0 }) { throw error }
}
