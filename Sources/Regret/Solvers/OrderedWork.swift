internal import Dispatch
internal import Synchronization

/// Pieces of work spread over workers, their results taken in the order of the pieces.
enum OrderedWork {
  /// Each of up to `workerCount` threads makes itself a worker and calls `process` for pieces as they come. `commit` gets
  /// the results in the order of the pieces and one at a time, so that what it adds up does not depend on how many
  /// workers there are; what it returns is done at once, beside others. Up to `waitingCount` results wait for an earlier
  /// one. Throws the first error met; `skip` is called for pieces that fail or are begun after it, and have no result.
  static func run<Worker, Result: Sendable, Failure: Error>(
    count: Int, workerCount: Int, waitingCount: Int = 1, worker makeWorker: @Sendable () -> Worker,
    process: @Sendable (Worker, Int) throws(Failure) -> Result, skip: @Sendable (Int) -> Void = { _ in },
    commit: @Sendable (Int, Result) -> (@Sendable () -> Void)?
  ) throws(Failure) {
    let workers = max(1, min(workerCount, count))
    let results = OrderedResults<Result>(capacity: workers + waitingCount)
    let next = Atomic<Int>(0)
    let failure = Mutex<Failure?>(nil)
    BLAS.useOneThread()
    DispatchQueue.concurrentPerform(iterations: workers) { _ in
      let worker = makeWorker()
      while true {
        results.begin()
        let index = next.add(1, ordering: .relaxed).oldValue
        guard index < count else { return results.cancel() }
        var result: Result?
        if failure.withLock({ $0 == nil }) {
          do throws(Failure) {
            result = try process(worker, index)
          } catch {
            failure.withLock { $0 = $0 ?? error }
          }
        }
        if result == nil { skip(index) }
        results.put(index, result, take: commit)
      }
    }
    if let error = failure.withLock({ $0 }) { throw error }
  }

  /// The same for workers that need nothing of their own.
  static func run<Result: Sendable, Failure: Error>(
    count: Int, workerCount: Int, process: @Sendable (Int) throws(Failure) -> Result,
    commit: @Sendable (Int, Result) -> Void
  ) throws(Failure) {
    try run(count: count, workerCount: workerCount, worker: {}) { _, index throws(Failure) in
      try process(index)
    } commit: { index, result in
      commit(index, result)
      return nil
    }
  }

  /// Two pieces of work side by side where there are two workers.
  static func both<First: Sendable, Second: Sendable>(
    workerCount: Int, _ first: @Sendable () -> First, _ second: @Sendable () -> Second
  ) -> (First, Second) {
    guard workerCount > 1 else { return (first(), second()) }
    let results = Mutex<(First?, Second?)>((nil, nil))
    DispatchQueue.concurrentPerform(iterations: 2) { index in
      if index == 0 {
        let result = first()
        results.withLock { $0.0 = result }
      } else {
        let result = second()
        results.withLock { $0.1 = result }
      }
    }
    let ended = results.withLock { $0 }
    return (ended.0!, ended.1!)
  }

  /// How many results may wait: one a worker, that none waits for a slower one, but little memory for it.
  static func waitingCount(resultBytes: Int, workerCount: Int) -> Int {
    max(1, min(workerCount, (32 << 20) / max(1, resultBytes)))
  }
}
