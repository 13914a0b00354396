internal import Checkpoint

/// Adds to an audit what sketching has cost its numbers.
struct SketchAssembly {
  private(set) var summary: SketchSummary
  private let sketch: SketchedRows
  private let input: AuditInput
  private let plan: AuditPlan
  private let groups: BucketGroups

  /// Nil where rows are whole.
  init?(input: AuditInput, plan: AuditPlan, sample: Sample) {
    guard let sketch = input.sketch else { return nil }
    self.sketch = sketch
    self.input = input
    self.plan = plan
    groups = BucketGroups(input.tensors, parameterCounts: sketch.parameterCounts)
    summary = SketchSummary(
      width: input.gradients.columnCount, pilotKind: sketch.header.pilotKind,
      pilotRowCount: sketch.header.pilotRowCount,
      deadParameterCount: max(0, input.parameterCount - sketch.header.liveCount))
    func share(_ squares: SketchSquares?, _ rows: Range<Int>) -> Double? {
      guard let squares else { return nil }
      let whole = squares.raw[rows].reduce(0, +)
      return whole > 0 ? min(1, squares.outsidePilot[rows].reduce(0, +) / whole) : 0
    }
    summary.outsidePilot = share(sketch.squares, input.referenceRows)
    if let factors = plan.factors { summary.outsidePilotFactors = share(factors.squares, 0..<factors.rows.rowCount) }
    if let squares = sketch.squares {
      let ratios = squares.raw.indices.filter { squares.raw[$0] > 0 }.map { sample.gradients[$0, $0] / squares.raw[$0] }
      if !ratios.isEmpty { summary.lengthError = ratios.reduce(0, +) / Double(ratios.count) - 1 }
    }
  }

  /// The errors of what is Euclidean; `matrix` is that of the gradients `kept`.
  func addEuclidean(to audit: inout Audit, _ matrix: Matrix, kept: [Int]) throws {
    guard audit.euclidean != nil, !groups.isEmpty else { return }
    let changes = try groups.products(sketch.gradients, nil, nil, workerCount: plan.workerCount)
    audit.euclidean?.addSketchErrors(matrix, changes: changes.map { $0.submatrix(kept, kept) })
  }

  /// The errors of what is measured in the KL ball, where Q is `matrix`, of the gradients `kept` that have a length there.
  mutating func addKL(
    to audit: inout Audit, _ solver: SketchedSolver?, _ damping: ResolvedDamping, _ matrix: Matrix, kept: [Int]
  ) throws {
    guard let solver else { return }
    let (solve, used) = try solver.settled(damping)
    summary.effectiveDimension = solve.dimension
    summary.correction = solve.ratio
    guard audit.kl?.inSample != nil, !groups.isEmpty else { return }
    let left = kept.filter { matrix[$0, $0] > 0 }
    let factors = plan.factors?.rows ?? SelectedRows(Array(input.fisherRows), of: input.gradients)
    let changes = try groups.products(
      input.gradients, factors, try solver.combination(damping), workerCount: plan.workerCount)
    let scale = 1 / (solve.scale * (used.weight ?? 1))
    audit.kl?.inSample?.addSketchErrors(
      matrix.submatrix(left, left), changes: changes.map { $0.submatrix(left, left) * scale })
    guard let regret = audit.kl?.inSample?.regret else { return }
    audit.kl?.heldOut?.regret.takeSketchError(from: regret)
    audit.kl?.estimate?.regret.takeSketchError(from: regret)
    audit.kl?.estimate?.supported?.regret.takeSketchError(from: regret)
  }
}
