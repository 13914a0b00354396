internal import Checkpoint
internal import CheckpointHDF5
internal import Dispatch
internal import Synchronization

/// A thread that writes checkpoints beside training, and the rows that wait for it: a bounded number, none dropped.
final class WriterQueue: Sendable {
  private struct State {
    var jobs: [WritingJob] = []
    var spareBuffers: [[Float]] = []
    var failures: [CheckpointError] = []
  }

  private let state = Mutex(State())
  /// Counts jobs that wait.
  private let jobs = DispatchSemaphore(value: 0)
  /// Counts rows that may be begun: none before the queue is opened.
  private let slots = DispatchSemaphore(value: 0)
  private let stopped = DispatchSemaphore(value: 0)

  /// A queue whose first checkpoint gets number `sequence`.
  init(sequence: Int, operations: FileOperations, publisher: ShardPublisher? = nil) {
    // A serial queue that runs one loop is a thread of its own; all that it changes is local to the loop.
    DispatchQueue(label: "GradientProbe.writer").async { [self] in
      var assembler = CheckpointAssembler(sequence: sequence, operations: operations, publisher: publisher)
      while let job = next() {
        let (buffer, failure) = assembler.perform(consume job)
        if let failure { state.withLock { $0.failures.append(failure) } }
        if let buffer { giveBack(buffer) }
      }
      stopped.signal()
    }
  }

  /// Lets `depth` rows be under way at once; to be called once, when their size is known.
  func open(depth: Int) {
    for _ in 0..<depth { slots.signal() }
  }

  /// A buffer for a row of `count` numbers; waits while as many rows as may be are under way. `waiting` is called before
  /// a wait.
  func takeBuffer(count: Int, waiting: () -> Void) -> [Float] {
    if slots.wait(timeout: .now()) == .timedOut {
      waiting()
      slots.wait()
    }
    return state.withLock { $0.spareBuffers.popLast() } ?? [Float](repeating: 0, count: count)
  }

  /// Waits for a place for a row that brings its own numbers.
  func takeSlot() { slots.wait() }

  /// Gives back a buffer that holds no row. Nobody else may keep it: who fills it next would have to copy it first.
  func giveBack(_ buffer: consuming [Float]) {
    var buffer = Optional(buffer)
    state.withLock { $0.spareBuffers.append(buffer.take()!) }
    slots.signal()
  }

  /// Adds to what the thread has to do, in order.
  func add(_ job: consuming WritingJob) {
    var job = Optional(job)
    state.withLock { $0.jobs.append(job.take()!) }
    jobs.signal()
  }

  /// Removes what went wrong so far.
  func takeFailures() -> [CheckpointError] {
    state.withLock { state in
      defer { state.failures = [] }
      return state.failures
    }
  }

  /// Puts back what could not be told yet.
  func putBack(_ failures: [CheckpointError]) {
    state.withLock { $0.failures = failures + $0.failures }
  }

  /// Waits until everything is written, and ends the thread.
  func stop() {
    add(.stop)
    stopped.wait()
  }

  private func next() -> WritingJob? {
    jobs.wait()
    let job = state.withLock { $0.jobs.removeFirst() }
    if case .stop = job { return nil }
    return job
  }
}
