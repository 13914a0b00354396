internal import Checkpoint
internal import CheckpointHDF5
public import Landscape
internal import Logging

extension LossProbe {
  /// Evaluates losses around θ and writes them into a slice file of its own beside `checkpoint`, a file that was captured
  /// at the same θ: `step-00000120.h5` and the name `random` make `step-00000120-random.slice.h5`.
  ///
  ///     try recorder.finish()
  ///     try model.captureSlice(over: batches, beside: "runs/digits/step-00000120.h5")
  ///
  /// Every minibatch's loss is evaluated at every point, one model evaluation each. A capture that was killed goes on
  /// where it was when it is called again. Throws `CaptureError` on wrong use, whatever the model throws, and
  /// `CheckpointError` where a file cannot be read or written or the slice is there already.
  @discardableResult
  public func captureSlice(
    over batches: some Collection<Batch>, beside checkpoint: String, options: SliceOptions = SliceOptions()
  ) throws -> Slice {
    try captureSlice(over: batches, groups: nil, beside: checkpoint, options: options)
  }

  /// The same of minibatches of several groups of data, as `Recorder.capture(_:over:step:metrics:)`
  /// takes them: figures draw each group's mean loss.
  @discardableResult
  public func captureSlice<Batches: Collection>(
    over groups: KeyValuePairs<String, Batches>, beside checkpoint: String, options: SliceOptions = SliceOptions()
  ) throws -> Slice where Batches.Element == Batch {
    try captureSlice(
      over: groups.lazy.flatMap(\.value), groups: MinibatchGroups(checking: groups), beside: checkpoint,
      options: options)
  }

  private func captureSlice(
    over batches: some Collection<Batch>, groups: MinibatchGroups?, beside checkpoint: String, options: SliceOptions
  ) throws -> Slice {
    let directory = checkpoint.lastIndex(of: "/").map { String(checkpoint[...$0]) } ?? ""
    let file = String(checkpoint.dropFirst(directory.count))
    let path = directory + Slice.fileName(options.name, beside: file)
    try SliceOptions.check(name: options.name)
    let origin = try SliceOrigin(checkpoint)
    let layout = try RowLayout(tensors)
    try origin.check(layout)
    let parameters = try sliceParameters(layout)
    try origin.check(parameters)
    let directions = try options.resolve(at: parameters, layout, axes: options.grid.axes.count)

    let sizes = batches.map { batchSize(of: $0) }
    if let index = sizes.firstIndex(where: { $0 < 1 }) { throw CaptureError.emptyMinibatch(index) }
    guard !sizes.isEmpty else { throw CaptureError.tooFewMinibatches(0) }
    let losses = try sliceLosses(
      over: batches, sizes, path: path, parameters, directions, origin: origin, options: options)
    let slice = Slice(
      creator: creator, created: timestamp(), name: options.name,
      origin: CheckpointReference(
        run: origin.description.run, step: origin.description.step, file: file, checksum: origin.checksum),
      directions: directions.map(DirectionSummary.init),
      surface: LossSurface(
        grid: options.grid, axisNames: directions.map(\.name), batchSizes: sizes, minibatchLosses: losses),
      groups: groups)
    try SliceWriter.write(slice, directions: directions, to: path)
    SliceSpool.remove(for: path)
    options.logger.info("\(path): \(options.grid.pointCount) points of \(sizes.count) minibatches")
    return slice
  }

  /// θ, where the model offers it.
  private func sliceParameters(_ layout: RowLayout) throws -> [Float]? {
    var row = GradientRow(
      .parameters, layout: layout, numbers: [Float](repeating: 0, count: layout.count), elementType: .float32)
    try parameters(into: &row)
    guard !row.isUntouched else { return nil }
    _ = try row.completedLayout()
    try row.checkNumbers()
    return row.take()
  }

  /// f_i at every point, [N][points].
  private func sliceLosses(
    over batches: some Collection<Batch>, _ sizes: [Int], path: String, _ parameters: [Float]?,
    _ directions: [Direction], origin: SliceOrigin, options: SliceOptions
  ) throws -> [[Double]] {
    guard !SliceSpool.exists(path) else { throw CheckpointError(file: path, cause: .alreadyExists) }
    let key = origin.key(parameters, directions, options.grid, sizes)
    var spool = try SliceSpool(SliceSpool.path(for: path), key: key, minibatchCount: sizes.count)
    let grid = options.grid
    if !spool.points.isEmpty { options.logger.info("\(path): going on after \(spool.points.count) points") }
    var displacement = [Float](repeating: 0, count: directions[0].values.count)
    while spool.points.count < grid.pointCount {
      grid.offset(of: spool.points.count, along: directions, into: &displacement)
      var losses: [Double] = []
      for batch in batches { losses.append(try loss(over: batch, displacedBy: displacement.span)) }
      try spool.append(losses)
      options.progress?(spool.points.count, grid.pointCount)
    }
    let points = spool.points
    return sizes.indices.map { minibatch in points.map { $0[minibatch] } }
  }
}
