internal import Checkpoint

/// Turns what was read into the numbers that were asked for.
struct AuditAssembly {
  let input: AuditInput
  let plan: AuditPlan
  let sample: Sample
  let solver: (any FisherSolver)?

  func audit() throws -> Audit {
    let batchSize = input.batchSize
    let kept = sample.isNonzero.indices.filter { sample.isNonzero[$0] }
    let own = InnerProducts(matrix: sample.gradients.submatrix(kept, kept))
    var audit = Audit(
      minibatchCount: sample.isNonzero.count, zeroGradients: sample.isNonzero.count - kept.count,
      parameterCount: input.gradients.columnCount, batchSize: batchSize,
      euclidean: plan.measures.contains(.regret) ? own.statistics(batchSize: batchSize, hasTIC: false) : nil,
      kl: nil, fisher: nil, dampingPath: plan.measures.contains(.path) ? [] : nil, tensors: nil, warnings: [],
      isVerified: sources.allSatisfy { $0.checksums != nil }, plan: plan.summary, arrays: nil)
    if plan.keepsArrays {
      audit.arrays = AuditArrays(euclidean: PairMatrix(own.matrix, minibatches: kept))
    }
    let damping = solver.map(settle)
    if let solver, let damping {
      try addKL(to: &audit, solver, damping, kept: kept, energy: own.matrix.trace)
      if plan.measures.contains(.fisher), let (summary, spectra) = try solver.summary(damping) {
        audit.fisher = summary
        audit.arrays?.spectrum = spectra.raw
        audit.arrays?.normalizedSpectrum = spectra.normalized
      }
      if plan.measures.contains(.path), damping.kind != .none {
        audit.dampingPath = try path(solver, damping.kind, kept: kept)
      }
      if solver.isDouble { audit.plan.precision = .float64 }
      audit.plan.iterations = solver.convergence?.iterations
      audit.plan.residual = solver.convergence?.residual
    }
    if plan.measures.contains(.tensors) {
      let products = try solver.flatMap { try $0.tensors(damping!) } ?? sample.tensors ?? []
      audit.tensors = zip(input.tensors, products).map(regret)
    }
    guard audit.isFinite else { throw try RowScan.rangeError(input, plan) }
    audit.addWarnings(input, plan, sample)
    return audit
  }

  /// The rows that were read.
  private var sources: [any ColumnBlocks] {
    [input.gradients] + (plan.isUsable ? plan.factors.map { [$0.rows] } ?? [] : [])
  }

  private func settle(_ solver: any FisherSolver) -> ResolvedDamping {
    plan.settledDamping
      ?? ResolvedDamping(kind: .diagonal, weight: solver.shrinkage ?? Shrinkage.range.upperBound)
  }

  private func addKL(
    to audit: inout Audit, _ solver: any FisherSolver, _ damping: ResolvedDamping, kept: [Int], energy: Double
  ) throws {
    let whole = try solver.innerProducts(damping)
    guard whole.elements.allSatisfy(\.isFinite) else { throw try RowScan.rangeError(input, plan) }
    let (products, positive) = InnerProducts.positive(whole.submatrix(kept, kept))
    let left = positive.map { kept[$0] }
    // Whitening with a Fisher of the same gradients makes the criterion a constant whatever the data are.
    let hasTIC = plan.kind == .exact || plan.kind == .sampled
    let heldOut =
      plan.measures.contains(.heldOut) && left.count >= 2 ? try solver.heldOut(damping, kept: left) : nil
    let estimate = try estimate(solver, damping, kept: left)
    audit.kl = KLMeasures(
      fisher: plan.kind, damping: damping, zeroGradients: kept.count - left.count,
      outsideRange: solver.outsideRange, dead: energy > 0 ? sample.deadSquare / energy : 0,
      inSample: plan.measures.contains(.regret)
        ? products.statistics(batchSize: audit.batchSize, hasTIC: hasTIC) : nil,
      heldOut: heldOut?.statistics(batchSize: audit.batchSize),
      estimate: estimate?.estimate)
    audit.arrays?.kl = PairMatrix(products.matrix, minibatches: left)
    audit.arrays?.heldOutRegret = heldOut.map { PairMatrix($0.regrets, minibatches: left) }
    audit.arrays?.estimateRegret = estimate.map { PairMatrix($0.pairs.regrets, minibatches: left) }
    audit.arrays?.estimateCosine = estimate.map { PairMatrix($0.pairs.cosines, minibatches: left) }
    audit.arrays?.heldOutCosine = heldOut.map { PairMatrix($0.cosines, minibatches: left) }
  }

  private func estimate(_ solver: any FisherSolver, _ damping: ResolvedDamping, kept: [Int]) throws
    -> (estimate: PopulationEstimate, pairs: HeldOutPairs)?
  {
    guard plan.measures.contains(.estimate), let weight = damping.weight, kept.count >= 2,
      let rows = try solver.groupedRows(damping)
    else { return nil }
    let square = sample.squares.reduce(0, +)
    let thin = damping.kind == .diagonal && square > 0 ? min(1, sample.thinSquare / square) : 0
    let estimator = PopulationEstimator(
      rows: rows, kept: kept, minibatchCount: input.gradients.rowCount, batchSize: input.batchSize, thin: thin,
      findsSupport: plan.findsSupport, workerCount: plan.workerCount)
    return estimator.estimate(weight: weight)
  }

  private func path(
    _ solver: any FisherSolver, _ kind: ResolvedDamping.Kind, kept: [Int]
  ) throws -> [DampingPathPoint] {
    try Audit.pathWeights.map { weight in
      let whole = try solver.innerProducts(ResolvedDamping(kind: kind, weight: weight))
      guard whole.elements.allSatisfy(\.isFinite) else { return DampingPathPoint(weight: weight) }
      let statistics = InnerProducts.positive(whole.submatrix(kept, kept)).0
        .statistics(batchSize: input.batchSize, hasTIC: false)
      return DampingPathPoint(
        weight: weight, regret: statistics?.regret.value, cosine: statistics?.cosine.value,
        norm: statistics?.norm.value)
    }
  }

  private func regret(of tensor: TensorColumns, _ products: TensorProducts) -> TensorRegret {
    let kept = products.isNonzero.indices.filter { products.isNonzero[$0] }
    return TensorRegret(
      name: tensor.name, count: tensor.count, live: products.touchedCount,
      euclidean: InnerProducts(matrix: products.gradients.submatrix(kept, kept)).regret,
      kl: products.kl.flatMap { InnerProducts.positive($0.submatrix(kept, kept)).0.regret })
  }
}
