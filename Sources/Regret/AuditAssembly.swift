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
    let reference = kept.prefix { input.referenceRows.contains($0) }
    let whole = InnerProducts(matrix: sample.gradients.submatrix(kept, kept))
    let own = whole.prefix(reference.count)
    var audit = Audit(
      minibatchCount: input.referenceRows.count, zeroGradients: input.referenceRows.count - reference.count,
      parameterCount: input.parameterCount, batchSize: batchSize,
      euclidean: plan.measures.contains(.regret) ? own.statistics(batchSize: batchSize, hasTIC: false) : nil,
      kl: nil, fisher: nil, dampingPath: plan.measures.contains(.path) ? [] : nil, tensors: nil, warnings: [],
      isVerified: plan.sources(input).allSatisfy(\.isVerified), plan: plan.summary, arrays: nil)
    if plan.measures.contains(.regret), !plan.isSketched { audit.related = RelatedMeasures(euclidean: own.related) }
    if plan.keepsArrays {
      audit.arrays = AuditArrays(euclidean: PairMatrix(whole.matrix, minibatches: kept))
    }
    var transfers = input.layout.map { GroupAssembly(input: input, layout: $0) }
    var minibatches = MinibatchTable(input, equalRows: sample.equalRows)
    if plan.measures.contains(.regret) {
      transfers?.add(whole, minibatches: kept, as: \.euclidean)
      minibatches.add(whole, kept: kept, as: \.euclidean)
    }
    let damping = solver.map(settle)
    var sketch = SketchAssembly(input: input, plan: plan, sample: sample)
    try sketch?.addEuclidean(to: &audit, own.matrix, kept: Array(reference))
    if let solver, let damping {
      let products = try addKL(
        to: &audit, &transfers, &minibatches, solver, damping, kept: kept, energy: own.matrix.trace)
      try sketch?.addKL(to: &audit, solver as? SketchedSolver, damping, products, kept: Array(reference))
      if plan.measures.contains(.fisher), let (summary, spectra) = try solver.summary(damping) {
        audit.fisher = summary
        audit.arrays?.spectrum = spectra.raw
        audit.arrays?.normalizedSpectrum = spectra.normalized
      }
      if plan.measures.contains(.path), damping.kind != .none {
        audit.dampingPath = try path(solver, damping.kind, kept: kept, transfers)
      }
      audit.plan.precision = solver.precision
      audit.plan.kernel = PlanSummary.kernel(for: solver.precision)
      audit.plan.iterations = solver.convergence?.iterations
      audit.plan.residual = solver.convergence?.residual
    }
    if plan.measures.contains(.tensors) {
      let products = try solver.flatMap { try $0.tensors(damping!) } ?? sample.tensors ?? []
      audit.tensors = zip(input.tensors, products).enumerated().map { index, tensor in
        regret(of: tensor.0, tensor.1, parameterCount: input.sketch?.parameterCounts[index])
      }
      transfers?.tensors = zip(input.tensors, products).map { ($0.0.name, $0.1) }
    }
    if plan.measures.contains(.parameters) {
      let pass = plan.parameterPass(input)
      let found = ParameterAssembly(pass, plan, try plan.work.parameters(pass))
      if audit.related == nil { audit.related = RelatedMeasures() }
      audit.related?.parameters = found.measures
      if let warning = found.warning { audit.warnings.append(warning) }
    }
    audit.sketch = sketch?.summary
    audit.groups = transfers?.measures
    if plan.measures.contains(.regret) { audit.minibatches = minibatches.summaries }
    guard audit.isFinite else { throw try RowScan.rangeError(input, plan) }
    audit.addWarnings(input, plan, sample)
    return audit
  }

  private func settle(_ solver: any FisherSolver) -> ResolvedDamping {
    plan.settledDamping
      ?? ResolvedDamping(kind: .diagonal, weight: solver.shrinkage ?? Shrinkage.range.upperBound)
  }

  /// Adds what is measured in the KL ball; returns Q of all gradients.
  private func addKL(
    to audit: inout Audit, _ transfers: inout GroupAssembly?, _ minibatches: inout MinibatchTable,
    _ solver: any FisherSolver, _ damping: ResolvedDamping, kept: [Int], energy: Double
  ) throws -> Matrix {
    let whole = try solver.innerProducts(damping)
    guard whole.elements.allSatisfy(\.isFinite) else { throw try RowScan.rangeError(input, plan) }
    let (products, positive) = InnerProducts.positive(whole.submatrix(kept, kept))
    let left = positive.map { kept[$0] }
    let reference = input.referenceRows
    let (nonzeroCount, count) = (kept.count { reference.contains($0) }, left.count { reference.contains($0) })
    // Whitening with a Fisher of the same gradients makes the criterion a constant whatever the data are.
    let hasTIC = plan.kind == .exact || plan.kind == .sampled
    let heldOut =
      plan.measures.contains(.heldOut) && left.count >= 2 ? try solver.heldOut(damping, kept: left) : nil
    let estimate = try estimate(solver, damping, kept: left, referenceCount: count)
    audit.kl = KLMeasures(
      fisher: plan.kind, fisherRows: plan.factors?.rows.rowCount ?? input.fisherRows.count, damping: damping,
      zeroGradients: nonzeroCount - count,
      outsideRange: solver.outsideRange, dead: energy > 0 ? min(1, sample.deadSquare / energy) : 0,
      inSample: plan.measures.contains(.regret)
        ? products.prefix(count).statistics(batchSize: audit.batchSize, hasTIC: hasTIC) : nil,
      heldOut: count >= 2 ? heldOut?.prefix(count).statistics(batchSize: audit.batchSize) : nil,
      estimate: estimate?.estimate)
    audit.related?.inSample = products.prefix(count).related
    audit.related?.heldOut = heldOut.flatMap { TypicalRegret($0.prefix(count).regrets) }
    audit.related?.estimate = estimate.flatMap { TypicalRegret($0.pairs.regrets.submatrix(0..<count, 0..<count)) }
    if plan.measures.contains(.regret) {
      transfers?.add(products, minibatches: left, as: \.inSample)
      minibatches.add(products, kept: left, as: \.inSample)
    }
    minibatches.add(heldOut?.cosines, kept: left, as: \.heldOutCosine)
    minibatches.add(heldOut?.regrets, kept: left, as: \.heldOutRegret)
    minibatches.add(estimate?.pairs.cosines, kept: left, as: \.estimateCosine)
    transfers?.add(heldOut, as: \.heldOut)
    transfers?.add(estimate?.pairs, moves: estimate?.moves ?? [], as: \.estimate)
    audit.arrays?.kl = PairMatrix(products.matrix, minibatches: left)
    audit.arrays?.heldOutRegret = heldOut.map { PairMatrix($0.regrets, minibatches: left) }
    audit.arrays?.estimateRegret = estimate.map { PairMatrix($0.pairs.regrets, minibatches: left) }
    audit.arrays?.estimateCosine = estimate.map { PairMatrix($0.pairs.cosines, minibatches: left) }
    audit.arrays?.heldOutCosine = heldOut.map { PairMatrix($0.cosines, minibatches: left) }
    return whole
  }

  private func estimate(
    _ solver: any FisherSolver, _ damping: ResolvedDamping, kept: [Int], referenceCount: Int
  ) throws -> PopulationEstimator.Result? {
    guard plan.measures.contains(.estimate), let weight = damping.weight, referenceCount >= 2,
      let rows = try solver.groupedRows(damping)
    else { return nil }
    let square = sample.squares.prefix(input.referenceRows.count).reduce(0, +)
    let share = damping.kind == .diagonal && square > 0 ? min(1, sample.thinSquare / square) : 0
    let thin = plan.isSketched ? nil : share
    let estimator = PopulationEstimator(
      rows: rows, kept: kept, referenceCount: referenceCount, layout: input.layout,
      minibatchCount: input.gradients.rowCount, batchSize: input.batchSize, thin: thin, findsSupport: plan.findsSupport,
      workerCount: plan.workerCount)
    guard let sketched = solver as? SketchedSolver else { return estimator.estimate(weight: weight) }
    var result = estimator.estimate(weight: try sketched.settled(damping).solve.weight)
    if let supported = result?.estimate.supported {
      let (own, factor) = try sketched.original(supported.weight, found: damping)
      result?.estimate.supported = .init(
        weight: own, regret: supported.regret.scaled(by: factor), cosine: supported.cosine)
    }
    return result
  }

  private func path(
    _ solver: any FisherSolver, _ kind: ResolvedDamping.Kind, kept: [Int], _ transfers: GroupAssembly?
  ) throws -> [DampingPathPoint] {
    try Audit.pathWeights.map { weight in
      let whole = try solver.innerProducts(ResolvedDamping(kind: kind, weight: weight))
      guard whole.elements.allSatisfy(\.isFinite) else { return DampingPathPoint(weight: weight) }
      let (products, positive) = InnerProducts.positive(whole.submatrix(kept, kept))
      let left = positive.map { kept[$0] }
      let own = products.prefix(left.count { input.referenceRows.contains($0) })
      let statistics = own.statistics(batchSize: input.batchSize, hasTIC: false)
      return DampingPathPoint(
        weight: weight, regret: statistics?.regret.value, cosine: statistics?.cosine.value,
        norm: statistics?.norm.value, regretRatio: plan.isSketched ? nil : own.regretRatio,
        transfers: transfers?.acrossFromReference(products, minibatches: left))
    }
  }

  private func regret(
    of tensor: TensorColumns, _ products: TensorProducts, parameterCount: Int?
  ) -> TensorRegret {
    let kept = input.referenceRows.filter { products.isNonzero[$0] }
    return TensorRegret(
      name: tensor.name, count: parameterCount ?? tensor.count,
      live: parameterCount == nil ? products.touchedCount : nil,
      euclidean: InnerProducts(matrix: products.gradients.submatrix(kept, kept)).regret,
      kl: products.kl.flatMap { InnerProducts.positive($0.submatrix(kept, kept)).0.regret })
  }
}
