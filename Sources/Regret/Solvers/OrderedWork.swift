internal import Dispatch
internal import Synchronization

/// Pieces of work spread over workers, their results taken in the order of the pieces.
enum OrderedWork {
  /// Calls `process` for every piece from up to `workerCount` threads and `commit` with the results in order, one at a
  /// time: what is added up does not depend on how many workers there are. Throws the first error met.
  static func run<Result: Sendable>(
    count: Int, workerCount: Int, process: @Sendable (Int) throws -> Result, commit: @Sendable (Int, Result) -> Void
  ) throws {
    let turnstile = Turnstile(count: count)
    let next = Atomic<Int>(0)
    let failure = Mutex<(any Error)?>(nil)
    BLAS.useOneThread()
    DispatchQueue.concurrentPerform(iterations: max(1, min(workerCount, count))) { _ in
      while true {
        let index = next.add(1, ordering: .relaxed).oldValue
        guard index < count else { return }
        var result: Result?
        if failure.withLock({ $0 == nil }) {
          do { result = try process(index) } catch { failure.withLock { $0 = $0 ?? error } }
        }
        turnstile.pass(index) {
          if let result { commit(index, result) }
        }
      }
    }
    if let error = failure.withLock({ $0 }) { throw error }
  }
}
