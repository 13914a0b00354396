extension Recorder {
  /// The same of a model whose passes are asynchronous. The rows of one minibatch are held at a time; passes follow each other,
  /// and whoever calls waits without blocking a thread.
  nonisolated(nonsending)
    public func capture<Model: AsyncProbe>(
      _ model: Model, over batches: some Collection<Model.Batch>, step: Int, metrics: [String: Double] = [:]
    ) async throws
  {
    try await capture(model, over: Array(batches), groups: nil, step: step, metrics: metrics)
  }

  /// The same of minibatches of several groups of data.
  nonisolated(nonsending)
    public func capture<Model: AsyncProbe, Batches: Collection>(
      _ model: Model, over groups: KeyValuePairs<String, Batches>, step: Int, metrics: [String: Double] = [:]
    ) async throws where Batches.Element == Model.Batch
  {
    try await capture(
      model, over: groups.flatMap(\.value), groups: MinibatchGroups(checking: groups), step: step, metrics: metrics)
  }

  nonisolated(nonsending)
    private func capture<Model: AsyncProbe>(
      _ model: Model, over batches: [Model.Batch], groups: MinibatchGroups?, step: Int, metrics: [String: Double]
    ) async throws
  {
    guard try isToBeCaptured(step) else { return }
    let failures = queue.takeFailures()
    let start = clock()
    defer { budget.add(held: clock() - start) }
    let rows = PassedRows()
    do {
      if let sampling = model as? any AsyncLabelSamplingProbe {
        try await record(rows.samplingSource(of: model), rows, of: model, sampling, batches, groups, step, metrics)
      } else {
        try await record(rows.source(of: model), rows, of: model, nil, batches, groups, step, metrics)
      }
    } catch {
      fail(step, failures)
      throw error
    }
    try throwFirst(of: failures)
  }

  /// Has `model` make the rows of each minibatch and records them as those of `passed`.
  nonisolated(nonsending)
    private func record<Model: AsyncProbe, Passed: Probe>(
      _ passed: Passed, _ rows: PassedRows, of model: Model,
      _ sampling: (any AsyncLabelSamplingProbe)?, _ batches: [Model.Batch], _ groups: MinibatchGroups?, _ step: Int,
      _ metrics: [String: Double]
    ) async throws where Passed.Batch == Model.Batch
  {
    let factors = try FactorSource(passed, options: options)
    let layout = try RowLayout(model.tensors)
    rows.parameters = try await parameters(of: model, layout)
    let capture = try begin(
      passed, factors, batches, groups: groups, step: step, metrics: metrics)
    do {
      if sketcher != nil { try await makePilot(of: model, sampling, factors, batches, capture) }
      for (index, batch) in batches.enumerated() {
        rows.gradients = []
        rows.samples = []
        let isRepeated = options.repeatsGradient && capture.checkpoint.minibatchCount == 0
        for _ in 0..<(isRepeated ? 2 : 1) {
          var row = emptyRow(.gradient(minibatch: index), layout)
          let loss = try await model.gradient(over: batch, into: &row)
          rows.gradients.append((loss, try numbers(of: row)))
        }
        if let sampling, factors.wantsSamples, capture.hasFactors[index] {
          var generator = SplitMix64(seed: options.seed, step: step, minibatch: index)
          for draw in 0..<factors.draws {
            var row = emptyRow(.factor(.sampled, row: draw, minibatch: index), layout)
            try await fill(&row, sampling, batch, &generator)
            rows.samples.append(try numbers(of: row))
          }
        }
        try add(batch, index, of: passed, factors, to: capture)
      }
      try end(capture)
    } catch {
      capture.checkpoint.abandon()
      throw error
    }
  }

  /// Makes the pilot rows of `capture`, as it is done for a ``Probe``.
  nonisolated(nonsending)
    private func makePilot<Model: AsyncProbe, Passed: Probe>(
      of model: Model, _ sampling: (any AsyncLabelSamplingProbe)?, _ factors: FactorSource<Passed>,
      _ batches: [Model.Batch], _ capture: Capture
    ) async throws where Passed.Batch == Model.Batch
  {
    let pilot = PilotRows(capture.layout)
    let kind = factors.pilotKind
    for (index, batch) in batches.enumerated() where kind == nil || capture.hasFactors[index] {
      var generator = SplitMix64(seed: options.seed, step: capture.step, minibatch: index)
      for draw in 0..<(kind == nil ? 1 : factors.draws) where !isComplete(pilot) {
        let source = kind.map { RowSource.factor($0, row: draw, minibatch: index) } ?? .gradient(minibatch: index)
        var row = GradientRow(source, layout: capture.layout, target: pilot, elementType: options.elementType)
        row.factor = Float(model.batchSize(of: batch)).squareRoot()
        if let sampling, kind != nil {
          try await fill(&row, sampling, batch, &generator)
        } else {
          _ = try await model.gradient(over: batch, into: &row)
        }
        let isTaken: Void? = try unlessLeftOut {
          _ = try row.completedLayout()
          try row.checkNumbers()
        }
        if isTaken != nil { pilot.endRow() }
      }
    }
    try settle(pilot, capture)
  }

  /// `Sampling` is the model itself, seen as what more it is: its batches are of the same type.
  nonisolated(nonsending)
    private func fill<Sampling: AsyncLabelSamplingProbe>(
      _ row: inout GradientRow, _ model: Sampling, _ batch: Any, _ generator: inout SplitMix64
    ) async throws
  { try await model.sampledGradient(over: batch as! Sampling.Batch, using: &generator, into: &row) }

  /// θ, where the model offers it.
  nonisolated(nonsending)
    private func parameters(of model: some AsyncProbe, _ layout: RowLayout) async throws -> [Float]?
  {
    var row = emptyRow(.parameters, layout)
    try await model.parameters(into: &row)
    return row.isUntouched ? nil : try numbers(of: row)
  }

  private func emptyRow(_ source: RowSource, _ layout: RowLayout) -> GradientRow {
    GradientRow(
      source, layout: layout, numbers: [Float](repeating: 0, count: layout.count), elementType: options.elementType)
  }

  /// All numbers of `row`; throws where a tensor is missing. Those that are not finite are found when they are recorded.
  private func numbers(of row: consuming GradientRow) throws -> [Float] {
    _ = try row.completedLayout()
    return row.take()
  }
}
