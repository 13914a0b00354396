internal import Checkpoint
internal import Logging

extension Recorder {
  /// Records the gradients of the mean losses of `batches`, all at the model's present θ, with Fisher factors where the
  /// options ask for them and the model can make them, and `metrics` beside them.
  ///
  /// Returns when the last row is on its way: the disk works beside the training, and a capture waits for it only where
  /// ``RecorderOptions/queueDepth`` rows are under way already.
  ///
  /// Throws `CaptureError` on wrong use, whatever the model throws, and `CheckpointError` where there is no room or where
  /// writing an *earlier* checkpoint failed; in that last case this one has been captured all the same.
  public func capture<Model: Probe>(
    _ model: Model, over batches: some Collection<Model.Batch>, step: Int, metrics: [String: Double] = [:]
  ) throws {
    try capture(model, over: batches, groups: nil, step: step, metrics: metrics)
  }

  /// The same of minibatches of several groups of data, so that a report can tell how well a step that is best for one
  /// group serves another:
  ///
  ///     try recorder.capture(model, over: ["train": batches, "validation": heldOut], step: step)
  ///
  /// The first group is the reference, which a report's first numbers are of; `train` and `validation` are names that
  /// reports know how to word, and any others, such as sources, classes or shards, are shown by name. Take minibatches of
  /// equal size in all groups: regret and cosine depend on it. Which groups get factor rows is up to
  /// ``RecorderOptions/factorGroups``.
  ///
  /// Throws as `capture(_:over:step:metrics:)` does, and for a group without a minibatch or a name that stands twice.
  public func capture<Model: Probe, Batches: Collection>(
    _ model: Model, over groups: KeyValuePairs<String, Batches>, step: Int, metrics: [String: Double] = [:]
  ) throws where Batches.Element == Model.Batch {
    try capture(
      model, over: groups.lazy.flatMap(\.value), groups: MinibatchGroups(checking: groups), step: step,
      metrics: metrics)
  }

  private func capture<Model: Probe>(
    _ model: Model, over batches: some Collection<Model.Batch>, groups: MinibatchGroups?, step: Int,
    metrics: [String: Double]
  ) throws {
    guard try isToBeCaptured(step) else { return }
    let failures = queue.takeFailures()
    let start = clock()
    defer { budget.add(held: clock() - start) }
    do {
      let factors = try FactorSource(model, options: options)
      let capture = try begin(model, factors, batches, groups: groups, step: step, metrics: metrics)
      do {
        if sketcher != nil { try makePilot(of: model, factors, batches, capture) }
        for (index, batch) in batches.enumerated() { try add(batch, index, of: model, factors, to: capture) }
        try end(capture)
      } catch {
        capture.checkpoint.abandon()
        throw error
      }
    } catch {
      fail(step, failures)
      throw error
    }
    try throwFirst(of: failures)
  }

  /// Whether `step` is still to be captured; throws for one that is none.
  func isToBeCaptured(_ step: Int) throws -> Bool {
    try checkUse(step: step)
    guard recordedSteps.contains(step) else { return true }
    options.logger.notice("step \(step) is recorded already: nothing to capture")
    return false
  }

  /// The capture of `step` has failed; `failures` are what the writer met before it.
  func fail(_ step: Int, _ failures: [CheckpointError]) {
    queue.putBack(failures)
    // Whatever it was, other ranks would wait for this one's shard.
    if options.shard != nil { queue.add(.abandon(path: RunDirectory.file(of: step, in: directory))) }
  }

  /// A checkpoint whose minibatches are being added.
  struct Capture {
    let checkpoint: PendingCheckpoint
    let layout: RowLayout
    let step: Int
    let hashes: [UInt64?]
    let groups: MinibatchGroups?
    /// Which minibatches get factor rows.
    let hasFactors: [Bool]
  }

  /// Begins the checkpoint of `batches`, with θ where the model offers it.
  func begin<Model: Probe>(
    _ model: Model, _ factors: FactorSource<Model>, _ batches: some Collection<Model.Batch>, groups: MinibatchGroups?,
    step: Int, metrics: [String: Double]
  ) throws -> Capture {
    let layout = try adopt(model.tensors, pilots: factors.pilotKind ?? .minibatch)
    let sizes = batches.map { model.batchSize(of: $0) }
    let hashes = batches.map { model.batchHash(of: $0) }
    guard sizes.count >= 2 else { throw CaptureError.tooFewMinibatches(sizes.count) }
    if let index = sizes.firstIndex(where: { $0 < 1 }) { throw CaptureError.emptyMinibatch(index) }

    var header = header(step: step, layout: layout)
    header.likelihood = model.likelihoodKind
    header.batchSizes = sizes
    header.batchHashes = hashes.allKnown
    header.groups = groups
    let hasFactors = try options.minibatchesWithFactors(groups, count: sizes.count)
    header.factors = factors.headers(batchSizes: sizes, of: hasFactors)
    header.metrics = finite(metrics)
    hasWaited = false
    let isSpooled = options.nonFinite == .leaveOut
    try checkRoom(for: header, isSpooled: isSpooled)

    let checkpoint = PendingCheckpoint(header, directory: directory, isSpooled: isSpooled, queue: queue)
    do {
      // θ of a model that is sketched would take more room than its rows.
      if options.sketch == nil, let parameters = try parameters(of: model, layout) {
        checkpoint.add(parameters: parameters)
      }
    } catch {
      checkpoint.abandon()
      throw error
    }
    return Capture(
      checkpoint: checkpoint, layout: layout, step: step, hashes: hashes, groups: groups, hasFactors: hasFactors)
  }

  /// Adds the rows of minibatch `index`.
  func add<Model: Probe>(
    _ batch: Model.Batch, _ index: Int, of model: Model, _ factors: FactorSource<Model>, to capture: Capture
  ) throws {
    let (checkpoint, layout) = (capture.checkpoint, capture.layout)
    var loss = 0.0
    let start = clock()
    let gradient = try unlessLeftOut {
      try row(.gradient(minibatch: index), layout) { row in
        loss = try naming(index) { try model.gradient(over: batch, into: &row) }
        guard loss.isFinite else { throw CaptureError.nonFiniteLoss(loss, in: row.source) }
      }
    }
    if index == 0 { logCost(of: checkpoint.header, gradientSeconds: clock() - start) }
    guard let gradient else { return }
    if checkpoint.minibatchCount == 0, options.repeatsGradient {
      try checkpoint.header.metrics["repeat_difference"] = repeatDifference(
        of: model, over: batch, gradient.numbers, layout)
    }
    checkpoint.add(
      gradient: gradient, number: index, loss: loss, batchSize: model.batchSize(of: batch),
      batchHash: capture.hashes[index], group: capture.groups.map { $0.names[$0.ids[index]] })
    guard capture.hasFactors[index] else { return }
    try unlessLeftOut {
      try naming(index) {
        try factors.forEachRow(of: batch, step: capture.step, minibatch: index) { kind, number, fill in
          let factor = try unlessLeftOut {
            try row(.factor(kind, row: number, minibatch: index), layout, fill)
          }
          if let factor { checkpoint.add(factor: factor, kind, number: number) }
        }
      }
    }
  }

  /// Hands the checkpoint to the writer; throws where too few minibatches are left of it.
  func end(_ capture: Capture) throws {
    sketcher?.forgetPilot()
    let count = capture.checkpoint.minibatchCount
    guard count >= 2 else { throw CaptureError.tooFewMinibatches(count) }
    noteRecorded(capture.step)
    capture.checkpoint.finish()
  }

  /// Says once, when the first gradient has been computed, what a capture costs.
  private func logCost(of header: CheckpointHeader, gradientSeconds: Double) {
    guard !hasLoggedCost else { return }
    hasLoggedCost = true
    let rows = header.factors.reduce(0) { $0 + $1.rowCount }
    // Pilot rows are made beside.
    let pilots = options.sketch.map { min($0.pilotRows ?? .max, rows > 0 ? rows : header.minibatchCount) } ?? 0
    let passes = header.minibatchCount + rows + pilots
    let seconds = gradientSeconds * Double(passes)
    options.logger.info(
      """
      \(directory): a capture takes \(header.minibatchCount) gradients\(rows > 0 ? " and \(rows) factor rows" : ""): \
      about \(short(seconds)) s where a row takes as long as the first gradient did, \(short(gradientSeconds)) s. \
      CaptureSchedule.within(share:) captures as often as a share of the run's time allows
      """)
  }

  private func short(_ seconds: Double) -> String { "\((seconds * 1000).rounded() / 1000)" }

  /// θ, where the model offers it.
  private func parameters(of model: some Probe, _ layout: RowLayout) throws -> [Float]? {
    var isOffered = true
    do {
      return try row(.parameters, layout) { row in
        try model.parameters(into: &row)
        isOffered = !row.isUntouched
      }.numbers
    } catch  where !isOffered {
      return nil
    }
  }

  /// ‖g − g′‖/‖g‖ for a second gradient g′ of the same minibatch.
  private func repeatDifference<Model: Probe>(
    of model: Model, over batch: Model.Batch, _ first: [Float], _ layout: RowLayout
  ) throws -> Double {
    let again = try row(.gradient(minibatch: 0), layout) { row in _ = try model.gradient(over: batch, into: &row) }
    if let raw = again.raw { queue.giveBack(raw) }
    defer { queue.giveBack(again.numbers) }
    let second = again.numbers
    var (difference, norm) = (0.0, 0.0)
    for index in first.indices {
      let (a, b) = (Double(first[index]), Double(second[index]))
      difference += (a - b) * (a - b)
      norm += a * a
    }
    let relative = difference == 0 ? 0 : (difference / (norm == 0 ? difference : norm)).squareRoot()
    if relative == 0 {
      options.logger.info("a repeated gradient is the same bit for bit")
    } else {
      options.logger.warning(
        "a repeated gradient differs by \(relative) of its norm: dropout, batch normalisation or an unordered sum?")
    }
    return relative
  }

  /// What `body` returns; nil, with a warning, where numbers are not finite and rows like that are to be left out.
  @discardableResult
  func unlessLeftOut<Result>(_ body: () throws -> Result) throws -> Result? {
    do {
      return try body()
    } catch let error as CaptureError where options.nonFinite == .leaveOut && error.isAboutNumbers {
      options.logger.warning("left out: \(error)")
      return nil
    }
  }

  /// What `body` returns; errors about a minibatch's outputs get its number.
  private func naming<Result>(_ minibatch: Int, _ body: () throws -> Result) throws -> Result {
    do {
      return try body()
    } catch let error as CaptureError where error.lacksMinibatch {
      throw CaptureError.inMinibatch(minibatch, error)
    }
  }
}
