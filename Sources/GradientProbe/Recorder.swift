internal import CheckpointHDF5
internal import Logging

/// Writes checkpoints of a training run into a directory, a file each, beside the training.
///
///     let recorder = try Recorder(directory: "runs/digits")
///     for step in 0..<2_000 {
///       if recorder.isDue(at: step) {
///         try recorder.capture(model, over: batches, step: step, metrics: ["train_loss": loss])
///       }
///       model.update(…)
///     }
///     try recorder.finish()
///
/// A checkpoint has the name `step-00000120.h5` only when it is whole and on the disk. What the disk refuses reaches the
/// caller once, as a `CheckpointError` from the next call or ``finish()``: training may go on, and the next checkpoint is
/// tried again.
///
/// A recorder belongs to the thread that trains.
public final class Recorder {
  /// Where checkpoints are written.
  public let directory: String
  /// What was asked for.
  public let options: RecorderOptions
  /// The run's id: a UUID, or that of the run that is resumed.
  public let run: String

  /// The run's name and configuration, as its next checkpoints tell them.
  let configuration: RunConfiguration
  let queue: WriterQueue
  let operations: FileOperations
  var layout: RowLayout?
  /// Of the checkpoint under way, where rows are sketched.
  var sketcher: Sketcher?
  var observed: PendingCheckpoint?
  let recordedSteps: Set<Int>
  private var runDirectory: RunDirectory?
  private var hasLoggedSize = false
  var hasLoggedCost = false
  /// Seconds since some fixed moment.
  let clock: () -> Double
  var budget: CaptureBudget
  private var recording = RecordingSummary()
  /// Whether the checkpoint under way has had to wait for the disk.
  var hasWaited = false

  /// A recorder of checkpoints in `directory`, which is made if it is not there.
  ///
  /// Throws where that fails, where another recorder is at work there, and where it holds checkpoints already, unless
  /// ``RecorderOptions/resume`` says to go on with their run.
  public convenience init(
    directory: String, options: RecorderOptions = RecorderOptions()
  ) throws(CheckpointError) {
    try self.init(directory: directory, options: options, operations: .system)
  }

  /// A recorder of a new run in a directory of its own below `parent`, so that a program can be run again: ``directory``
  /// tells it, such as `runs/mine/20260131T120000-1`, named after the time in UTC and a counter.
  ///
  /// ``RecorderOptions/resume`` has nothing to go on with there; ``init(directory:options:)`` resumes a run.
  public convenience init(in parent: String, options: RecorderOptions = RecorderOptions()) throws(CheckpointError) {
    let directory = try RunDirectory.makeFresh(in: parent, time: timestamp())
    try self.init(directory: directory, options: options)
  }

  init(
    directory: String, options: RecorderOptions, operations: FileOperations,
    clock: @escaping () -> Double = monotonicSeconds
  ) throws(CheckpointError) {
    self.clock = clock
    budget = CaptureBudget(start: clock())
    if let shard = options.shard { try shard.check(options, directory: directory) }
    let runDirectory = try RunDirectory(
      directory, resume: options.resume, shard: options.shard, seconds: options.shardTimeout)
    self.directory = directory
    self.options = options
    self.operations = operations
    run = runDirectory.run
    let earlier = runDirectory.configuration
    configuration = earlier.updated(with: RunConfiguration(name: options.name, values: options.configuration))
    recordedSteps = runDirectory.recordedSteps
    layout = runDirectory.layout
    queue = WriterQueue(
      sequence: runDirectory.nextSequence, operations: operations,
      publisher: options.shard.map {
        ShardPublisher(directory: directory, shard: $0, seconds: options.shardTimeout, operations: operations)
      })
    if let layout, options.sketch == nil { openQueue(columnCount: layout.count) }
    if !recordedSteps.isEmpty {
      options.logger.info("\(directory): resuming run \(run) after \(recordedSteps.count) checkpoints")
      if configuration != earlier {
        options.logger.notice("\(directory): from here on the run has another name or configuration than it began with")
      }
    }
    self.runDirectory = consume runDirectory
  }

  deinit {
    do throws(CheckpointError) {
      try finish()
    } catch {
      options.logger.error("\(error)")
    }
  }

  /// Whether the schedule asks for a checkpoint of `step` that the run does not hold yet.
  public func isDue(at step: Int) -> Bool {
    recording.lastAskedStep = step
    guard options.schedule.contains(step), !recordedSteps.contains(step) else { return false }
    guard case .within(let share) = options.schedule else { return true }
    return budget.allows(share: share, at: clock())
  }

  /// The same, and `last`, the last step of the training, is due whatever the schedule says.
  public func isDue(at step: Int, last: Int) -> Bool {
    isDue(at: step) || (step == last && !recordedSteps.contains(step))
  }

  /// Waits until everything is on the disk, and ends the recording; observations that fill no checkpoint make a smaller
  /// one. Calling it again does nothing.
  ///
  /// Throws what the writer met since the last call. Returns, and says in the log, what was recorded and whether the last
  /// step that ``isDue(at:)`` was asked about was.
  @discardableResult
  public func finish() throws(CheckpointError) -> RecordingSummary {
    guard runDirectory != nil else { return recording }
    closeObservations()
    queue.stop()
    waitForRanks()
    runDirectory = nil
    recording.heldSeconds = budget.held
    recording.heldShare = budget.share(at: clock())
    options.logger.info("\(directory): \(recording)")
    try throwFirst(of: queue.takeFailures())
    return recording
  }

  /// Gives the other ranks time to join where this one, the first, had nothing to record: once it is gone they would wait for
  /// it in vain.
  private func waitForRanks() {
    guard let session = runDirectory?.session, recording.checkpointCount == 0 else { return }
    let seconds = min(options.shardTimeout, Self.joinSeconds)
    let missing = session.missingRanks(in: directory, Waiting(seconds: seconds))
    guard !missing.isEmpty else { return }
    options.logger.notice(
      "\(directory): nothing was recorded, and within \(seconds) s no word came from ranks \(missing)")
  }

  /// Ranks that one launcher starts are there within so many seconds.
  private static let joinSeconds = 30.0

  /// A checkpoint of `step` has been handed to the disk.
  func noteRecorded(_ step: Int) {
    recording.checkpointCount += 1
    recording.lastRecordedStep = step
  }

  /// Throws where nothing can be recorded any more, and for a `step` that is none.
  func checkUse(step: Int) throws(CaptureError) {
    guard runDirectory != nil else { throw .finished }
    guard step >= 0 else { throw .negativeStep(step) }
  }

  /// Takes `tensors` for the layout of the first capture, or throws where they differ from it. Where rows are sketched `kind`
  /// is that of pilot rows.
  func adopt(_ tensors: [TensorLayout], pilots kind: FisherKind = .minibatch) throws(CaptureError) -> RowLayout {
    let new = try RowLayout(tensors, shard: options.shard)
    try layout?.check(against: new)
    let isFirst = options.sketch == nil ? layout == nil : sketcher == nil
    if let sketch = options.sketch {
      sketcher = nil
      sketcher = try Sketcher(sketch, new, rankCount: options.shard?.count ?? 1, kind: kind)
    }
    if isFirst { openQueue(columnCount: sketcher?.sketch.columnCount ?? new.count) }
    layout = new
    return new
  }

  /// Lets as many rows of `columnCount` numbers be under way as the options say.
  func openQueue(columnCount: Int) {
    // θ may be under way while the first gradient is computed, and a sketched one takes two buffers.
    let fitting = RecorderOptions.queueByteCount / (4 * columnCount)
    queue.open(depth: max(options.sketch == nil ? 2 : 4, options.queueDepth ?? min(max(4, fitting), 16_384)))
  }

  /// Says before the first checkpoint what one takes on the disk, and throws where there is no room for it.
  func checkRoom(for header: CheckpointHeader, isSpooled: Bool) throws(CheckpointError) {
    let size = CheckpointWriter.byteCount(of: header)
    let needed = isSpooled ? 2 * size : size
    let available = operations.availableBytes(directory)
    if !hasLoggedSize {
      let factors = header.factors.map { "\($0.rowCount) \($0.kind.rawValue) factors" }
      let rows = (["\(header.minibatchCount) gradients"] + factors).joined(separator: " and ")
      options.logger.info(
        """
        \(directory): a checkpoint takes \(megabytes(size)): \(rows) of \(header.parameterCount) parameters\
        \(header.sketch.map { " in \($0.columnCount) sums" } ?? "") as \(header.elementType.rawValue); \
        \(available.map(megabytes) ?? "unknown") available
        """)
      hasLoggedSize = true
    }
    if let available, available < needed {
      throw CheckpointError(
        file: RunDirectory.file(of: header.step, in: directory), cause: .noSpace(needed: needed, available: available))
    }
  }

  /// A header of everything but what the rows will tell.
  func header(step: Int, layout: RowLayout) -> CheckpointHeader {
    var header = CheckpointHeader(
      creator: creator, created: timestamp(), run: run, sequence: 0, step: step, elementType: options.elementType,
      batchSizes: [], tensors: layout.fileTensors)
    header.configuration = configuration
    header.sketch = sketcher?.header
    if let shard = options.shard {
      header.part = .shard(number: shard.rank, of: shard.count, columns: layout.columns)
    }
    return header
  }

  /// `metrics` without those that are no numbers.
  func finite(_ metrics: [String: Double]) -> [String: Double] {
    for (name, value) in metrics where !value.isFinite {
      options.logger.warning("metric \(name) is \(value): left out")
    }
    return metrics.filter(\.value.isFinite)
  }

  /// Throws the first of `failures`; the others go to the log, so that none is lost.
  func throwFirst(of failures: [CheckpointError]) throws(CheckpointError) {
    for failure in failures.dropFirst() { options.logger.error("\(failure)") }
    if let first = failures.first { throw first }
  }

  /// A filled row of the layout; its buffers go back to the queue where `fill` throws or the row is not whole.
  func row(
    _ source: RowSource, _ layout: RowLayout, _ fill: (inout GradientRow) throws -> Void
  ) throws -> CapturedRow {
    func buffer(_ count: Int) -> [Float] { queue.takeBuffer(count: count, waiting: logWait) }
    guard let sketcher else {
      var row = GradientRow(
        source, layout: layout, numbers: buffer(layout.count), elementType: options.elementType)
      do {
        try row.fill(fill)
      } catch {
        queue.giveBack(row.take())
        throw error
      }
      return CapturedRow(row.take())
    }
    let count = sketcher.sketch.columnCount
    let sketched = sketcher.row(raw: source.isGradient ? buffer(count) : nil, whitened: buffer(count))
    var row = GradientRow(source, layout: layout, target: sketched, elementType: options.elementType)
    do {
      try row.fill(fill)
      try sketched.check(for: options.elementType, in: source)
    } catch {
      let (raw, whitened) = sketched.takeBuffers()
      if let raw { queue.giveBack(raw) }
      queue.giveBack(whitened)
      throw error
    }
    let (raw, whitened) = sketched.takeBuffers()
    return CapturedRow(whitened, raw: raw, squares: sketched.squares)
  }

  /// Says once for each checkpoint that it waits.
  private func logWait() {
    if !hasWaited { options.logger.notice("\(directory): the queue of rows is full: capture waits for the disk") }
    hasWaited = true
  }
}

extension GradientRow {
  /// Has `body` fill the row; throws where that does, where a tensor is missing, and where a number is not finite.
  mutating func fill(_ body: (inout GradientRow) throws -> Void) throws {
    try body(&self)
    _ = try completedLayout()
    try checkNumbers()
  }
}
