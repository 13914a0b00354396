internal import Logging

extension Recorder {
  /// Records a gradient that a training step computed anyway: `write` hands it over, tensor by tensor, as
  /// ``Probe/gradient(over:into:)`` does.
  ///
  /// Rows then belong to different θ; the file says `sampling = path`, and the report warns. A checkpoint closes with
  /// every ``RecorderOptions/rows`` observations and at ``finish()``, and bears the last one's step and metrics. Tensors
  /// are those of the first row, in its order and flat, unless `tensors` gives their shapes.
  ///
  /// `group` names the data that the minibatch is of, where there are several kinds; all observations of a checkpoint have
  /// one or none has.
  ///
  /// `batchHash` is what ``Probe/batchHash(of:)`` would be; a checkpoint holds them where all its observations have one.
  ///
  /// `loss` is the mean loss over `batchSize` examples [nats], its gradient without weight decay. Throws as
  /// `capture(_:over:step:metrics:)` does.
  public func observe(
    step: Int, batchSize: Int, loss: Double, group: String? = nil, batchHash: UInt64? = nil,
    tensors: [TensorLayout]? = nil, metrics: [String: Double] = [:], _ write: (inout GradientRow) throws -> Void
  ) throws {
    try checkUse(step: step)
    if let group, group.isEmpty { throw CaptureError.invalidGroups("one has no name") }
    if let before = observed?.groups.first, (before == nil) != (group == nil) {
      throw CaptureError.invalidGroups(
        "the observation of step \(step) has \(group == nil ? "none" : "one"), those before it have "
          + (before == nil ? "none" : "one"))
    }
    if options.shard != nil, options.nonFinite == .leaveOut {
      throw CaptureError.invalidLayout("ranks that leave out rows of their own would close other checkpoints")
    }
    if options.sketch != nil {
      throw CaptureError.invalidSketch(
        "rows are divided by what pilot rows tell, which are made once more, and a training step's gradient comes once: "
          + "capture(_:over:step:) makes its own")
    }
    guard batchSize > 0 else { throw CaptureError.emptyMinibatch(observed?.minibatchCount ?? 0) }
    let failures = queue.takeFailures()
    do {
      try addObservation(
        step: step, batchSize: batchSize, loss: loss, group: group, batchHash: batchHash, tensors: tensors,
        metrics: metrics, write)
    } catch {
      queue.putBack(failures)
      guard let error = error as? CaptureError, options.nonFinite == .leaveOut, error.isAboutNumbers else {
        throw error
      }
      options.logger.warning("left out: \(error)")
    }
    try throwFirst(of: failures)
  }

  private func addObservation(
    step: Int, batchSize: Int, loss: Double, group: String?, batchHash: UInt64?, tensors: [TensorLayout]?,
    metrics: [String: Double], _ write: (inout GradientRow) throws -> Void
  ) throws {
    let source = RowSource.observation(step: step)
    guard loss.isFinite else { throw CaptureError.nonFiniteLoss(loss, in: source) }
    let numbers: CapturedRow
    let layout: RowLayout
    if let known = try tensors.map({ try adopt($0) }) ?? self.layout {
      layout = known
      numbers = try row(source, known, write)
    } else {
      if case .columns? = options.shard?.content {
        throw CaptureError.invalidLayout("a shard of columns needs the tensors of the whole model")
      }
      var row = GradientRow(discovering: source, elementType: options.elementType)
      try write(&row)
      layout = try row.completedLayout()
      try row.checkNumbers()
      self.layout = layout
      openQueue(columnCount: layout.count)
      queue.takeSlot()
      numbers = CapturedRow(row.take())
    }
    if observed == nil {
      var header = header(step: step, layout: layout)
      header.sampling = .path
      header.batchSizes = [Int](repeating: batchSize, count: max(2, options.rows))
      header.minibatchSteps = header.batchSizes
      if let batchHash { header.batchHashes = header.batchSizes.map { _ in batchHash } }
      do throws(CheckpointError) {
        try checkRoom(for: header, isSpooled: true)
      } catch {
        queue.giveBack(numbers.numbers)
        throw error
      }
      hasWaited = false
      observed = PendingCheckpoint(header, directory: directory, isSpooled: true, queue: queue)
    }
    observed!.add(
      gradient: numbers, number: observed!.minibatchCount, loss: loss, batchSize: batchSize, batchHash: batchHash,
      step: step, group: group)
    observed!.header.step = step
    observed!.header.metrics = finite(metrics)
    // A resumed run may come by a step that has a file already: its checkpoint closes one observation later.
    if observed!.minibatchCount >= max(2, options.rows), !recordedSteps.contains(step) { closeObservations() }
  }

  /// Makes a checkpoint of what has been observed since the last.
  func closeObservations() {
    guard let checkpoint = observed.take() else { return }
    if checkpoint.minibatchCount >= 2 {
      checkpoint.header.isPartial = checkpoint.minibatchCount < max(2, options.rows)
      noteRecorded(checkpoint.header.step)
      checkpoint.finish()
    } else {
      options.logger.warning("one observation is left at the end: a checkpoint needs 2")
      checkpoint.abandon()
    }
  }
}
