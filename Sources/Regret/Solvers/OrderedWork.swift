internal import Dispatch
internal import Synchronization

/// Pieces of work spread over workers, their results taken in the order of the pieces.
enum OrderedWork {
  /// Each of up to `workerCount` threads makes itself a worker, calls `process` for pieces as they come, `commit` in
  /// the order of the pieces and one at a time, and `after` at once when that is done: what is added up in `commit` does
  /// not depend on how many workers there are. Throws the first error met; `skip` is called for pieces that fail or
  /// come after it, and no more are committed.
  static func run<Worker, Failure: Error>(
    count: Int, workerCount: Int, worker makeWorker: @Sendable () -> Worker,
    process: @Sendable (Worker, Int) throws(Failure) -> Void, skip: @Sendable (Int) -> Void = { _ in },
    commit: @Sendable (Worker, Int) -> Void,
    after: @Sendable (Worker, Int) -> Void = { _, _ in }
  ) throws(Failure) {
    let turnstile = Turnstile(count: count)
    let next = Atomic<Int>(0)
    let failure = Mutex<Failure?>(nil)
    BLAS.useOneThread()
    DispatchQueue.concurrentPerform(iterations: max(1, min(workerCount, count))) { _ in
      let worker = makeWorker()
      while true {
        let index = next.add(1, ordering: .relaxed).oldValue
        guard index < count else { return }
        var isDone = failure.withLock { $0 == nil }
        if isDone {
          do throws(Failure) {
            try process(worker, index)
          } catch {
            isDone = false
            failure.withLock { $0 = $0 ?? error }
          }
        }
        if !isDone { skip(index) }
        turnstile.pass(index) {
          if isDone { commit(worker, index) }
        }
        if isDone { after(worker, index) }
      }
    }
    if let error = failure.withLock({ $0 }) { throw error }
  }

  /// The same for workers that need nothing of their own.
  static func run<Result: Sendable>(
    count: Int, workerCount: Int, process: @Sendable (Int) throws -> Result, commit: @Sendable (Int, Result) -> Void
  ) throws {
    try run(count: count, workerCount: workerCount, worker: { Slot<Result>() }) { slot, index throws(any Error) in
      slot.result = try process(index)
    } commit: { slot, index in
      commit(index, slot.result!)
    }
  }
}

/// Where a worker leaves its last result.
private final class Slot<Result> {
  var result: Result?
}
