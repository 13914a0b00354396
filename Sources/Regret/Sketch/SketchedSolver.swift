internal import Checkpoint

/// A solver of sketched rows, with what the sketch does to A⁻¹ taken back.
struct SketchedSolver: FisherSolver {
  private let solver: any FisherSolver
  private let correction: SketchCorrection
  /// The audit's own ρ, and what is solved for it where that takes iterations to find.
  private let own: (weight: Double, solve: SketchCorrection.Settled)?
  /// Products of the gradients as they were.
  private let rawTensors: [TensorProducts]?

  var shrinkage: Double? { solver.shrinkage }
  /// The rows' range takes up as many of the sketch's columns as there are directions in it, whatever lies outside.
  let outsideRange: Double?
  var convergence: Convergence? { solver.convergence }
  var isDouble: Bool { solver.isDouble }
  var precision: ElementType { solver.precision }

  /// `solver` of the rows that `correction` is of; `weight` is the audit's own ρ.
  init(
    _ solver: any FisherSolver, _ correction: SketchCorrection, weight: Double?, rawTensors: [TensorProducts]?
  ) throws {
    self.correction = correction
    self.rawTensors = rawTensors
    outsideRange = try solver.outsideRange.map { outside in
      let rank = try solver.effectiveDimension(shift: RangeCoordinates.relativeCut * 1e-3)
      return min(1, outside / correction.ratio(dimension: rank))
    }
    guard var iterative = solver as? ConjugateGradientSolver, let weight else {
      self.solver = solver
      own = nil
      return
    }
    // The ρ that it is to iterate for rather than take from a spectrum.
    let solve = try correction.settled(
      weight: weight, tolerance: SketchCorrection.tolerance(of: iterative), dimension: iterative.effectiveDimension)
    iterative.ownWeight = solve.weight
    own = (weight, solve)
    self.solver = iterative
  }

  /// The solver of the sketched rows of `input`, and in `sample` what is told of the rows as they were: `solver` and `sample`
  /// are of the rows divided by √D̂.
  static func read(
    _ input: AuditInput, _ plan: AuditPlan, _ sample: inout Sample, _ solver: (any FisherSolver)?
  ) throws -> (any FisherSolver)? {
    guard let raw = input.rawGradients, let sketch = input.sketch, let correction = input.sketchCorrection else {
      return solver
    }
    if sample.isOutOfRange { throw try RowScan.rangeError(input, plan) }
    let pass = try TensorPass.run(raw, plan, plan.rawRequest(raw), in: Double.self)
    if pass.total.columnSums.isOutOfRange { try RowScan.requireFinite([raw.gradients]) }
    let squares = sample.squares
    sample = Sample(pass.total)
    sample.squares = squares
    sample.isOutOfRange = false
    for row in sample.isNonzero.indices {
      let square = sample.gradients[row, row]
      guard Sample.isInRange(square) || square.isFinite && !sample.isNonzero[row] else {
        throw CheckpointError.beyondRange(raw.gradients, row: row)
      }
    }
    sample.liveCount = sketch.header.liveCount
    if let own = sketch.squares { sample.deadSquare = own.outsidePilot[input.referenceRows].reduce(0, +) }
    if let rows = plan.factors?.squares?.raw { sample.trace = rows.reduce(0, +) / Double(rows.count) }
    let products = pass.products?.map { $0 ?? .none(raw) }
    sample.tensors = products
    guard let solver else { return nil }
    let weight = plan.settledDamping?.weight ?? solver.shrinkage
    let refined = try weight.map { try refine(correction, input, plan, solver, weight: $0) }
    return try SketchedSolver(solver, refined ?? correction, weight: weight, rawTensors: products)
  }

  /// `correction` with what the factors take up of each tensor in place of its share of the parameters, at ρ = `weight`.
  private static func refine(
    _ correction: SketchCorrection, _ input: AuditInput, _ plan: AuditPlan, _ solver: any FisherSolver, weight: Double
  ) throws -> SketchCorrection {
    let columns = SketchedColumns(input.tensors, parameterCounts: input.sketch!.parameterCounts)
    guard !columns.isEmpty, input.tensors.count > 1, !solver.isIterative, weight < 1 else { return correction }
    let settled = try correction.settled(weight: weight, dimension: solver.effectiveDimension)
    let damping = ResolvedDamping(kind: .diagonal, weight: settled.weight)
    guard settled.dimension > 0, let leverages = try solver.leverages(damping) else { return correction }
    let ratio = try columns.ratio(
      input.gradients, plan.fisherRows(input), try solver.combination(damping), workerCount: plan.workerCount,
      leverages: leverages)
    return ratio.map { SketchCorrection(noise: (1 - $0) / settled.dimension) } ?? correction
  }

  /// What is solved for `damping`.
  func settled(_ damping: ResolvedDamping) throws -> (solve: SketchCorrection.Settled, damping: ResolvedDamping) {
    let weight = damping.weight ?? 1
    let solve =
      try own?.weight == weight
      ? own!.solve
      : correction.settled(
        weight: weight, tolerance: SketchCorrection.tolerance(of: solver), dimension: solver.effectiveDimension)
    return (solve, ResolvedDamping(kind: damping.kind, weight: solve.weight))
  }

  func innerProducts(_ damping: ResolvedDamping) throws -> Matrix {
    let (solve, damping) = try settled(damping)
    return try solver.innerProducts(damping) * (1 / solve.scale)
  }

  func heldOut(_ damping: ResolvedDamping, kept: [Int]) throws -> HeldOutPairs? {
    let (solve, damping) = try settled(damping)
    return try solver.heldOut(damping, kept: kept)?.scaled(by: 1 / solve.scale)
  }

  func groupedRows(_ damping: ResolvedDamping) throws -> GroupedRows? {
    let (solve, damping) = try settled(damping)
    return try solver.groupedRows(damping)?.scalingGradients(by: 1 / solve.scale)
  }

  func summary(_ damping: ResolvedDamping) -> (summary: FisherSummary, spectra: FisherSpectra)? { nil }

  func tensors(_ damping: ResolvedDamping) throws -> [TensorProducts] {
    let whitened = try solver.tensors(damping)
    return zip(whitened, rawTensors ?? whitened).map { own, raw in
      var products = raw
      products.kl = own.kl
      return products
    }
  }

  /// The ρ that an estimate made at `damping` has found at `weight` of its own, and what its lengths are to be multiplied by.
  func original(_ weight: Double, found damping: ResolvedDamping) throws -> (weight: Double, factor: Double) {
    let settled = try settled(damping).solve
    guard weight < 1 else { return (1, settled.scale.squareRoot()) }
    let own = correction.original(
      weight: weight, dimension: try solver.effectiveDimension(shift: weight / (1 - weight)))
    return (own.weight, (settled.scale / own.scale).squareRoot())
  }

  func effectiveDimension(shift: Double) throws -> Double { try solver.effectiveDimension(shift: shift) }

  func leverages(_ damping: ResolvedDamping) throws -> (@Sendable (_ columns: Matrix) -> [Double])? {
    try solver.leverages(settled(damping).damping)
  }

  func combination(_ damping: ResolvedDamping) throws -> Matrix { try solver.combination(settled(damping).damping) }
}

extension HeldOutPairs {
  /// The same with Q times `factor`.
  func scaled(by factor: Double) -> HeldOutPairs {
    HeldOutPairs(
      minibatches: minibatches,
      rows: products.map { row in
        row.map { HeldOut.Pair(first: $0.first * factor, cross: $0.cross * factor, second: $0.second * factor) }
      })
  }
}
