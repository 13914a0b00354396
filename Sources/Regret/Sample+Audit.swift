internal import Checkpoint

extension Sample {
  /// The numbers that `plan` asks for.
  func audit(_ input: AuditInput, _ plan: AuditPlan) -> Audit {
    let batchSize = input.batchSize
    let kept = isNonzero.indices.filter { isNonzero[$0] }
    let own = InnerProducts(matrix: gradients.submatrix(kept, kept))
    var audit = Audit(
      minibatchCount: isNonzero.count, zeroGradients: isNonzero.count - kept.count,
      parameterCount: input.gradients.columnCount, batchSize: batchSize,
      euclidean: plan.measures.contains(.regret) ? own.statistics(batchSize: batchSize, hasTIC: false) : nil,
      kl: nil, fisher: nil, dampingPath: plan.measures.contains(.path) ? [] : nil, tensors: nil, warnings: [])
    var damping: ResolvedDamping?
    if let whitened {
      let settled = settle(plan.damping)
      damping = settled
      let space = settled.kind == .identity ? scaled! : whitened
      addKL(to: &audit, input, plan, space: space, damping: settled, kept: kept, energy: own.matrix.trace)
      if plan.measures.contains(.fisher) { addFisher(to: &audit, input, plan, damping: settled) }
      if plan.measures.contains(.path), settled.kind != .none {
        audit.dampingPath = Audit.pathWeights.map { weight in
          let products = InnerProducts.positive(space.innerProducts(weight: weight).submatrix(kept, kept)).0
          let statistics = products.statistics(batchSize: batchSize, hasTIC: false)
          return DampingPathPoint(
            weight: weight, regret: statistics?.regret.value, cosine: statistics?.cosine.value,
            norm: statistics?.norm.value)
        }
      }
    }
    if let tensors {
      audit.tensors = zip(input.tensors, tensors).map { tensor, sums in
        regret(of: tensor, sums, damping: damping, factorCount: plan.factors?.rows.rowCount ?? 0, batchSize: batchSize)
      }
    }
    audit.addWarnings(input, kind: plan.kind, isUsable: plan.isUsable)
    return audit
  }

  private func settle(_ damping: Damping) -> ResolvedDamping {
    switch damping {
    case .auto: ResolvedDamping(kind: .diagonal, weight: shrinkage ?? Shrinkage.range.upperBound)
    case .diagonal(let weight): ResolvedDamping(kind: .diagonal, weight: weight)
    case .identity(let weight): ResolvedDamping(kind: .identity, weight: weight)
    case .none: ResolvedDamping(kind: .none, weight: nil)
    }
  }

  private func addKL(
    to audit: inout Audit, _ input: AuditInput, _ plan: AuditPlan, space: RangeCoordinates, damping: ResolvedDamping,
    kept: [Int], energy: Double
  ) {
    let batchSize = audit.batchSize
    let whole = damping.weight.map(space.innerProducts) ?? space.innerProductsUndamped()
    let (products, positive) = InnerProducts.positive(whole.submatrix(kept, kept))
    let left = positive.map { kept[$0] }
    // Whitening with a Fisher of the same gradients makes the criterion a constant whatever the data are.
    let hasTIC = plan.kind == .exact || plan.kind == .sampled
    var heldOut: HeldOutStatistics?
    if plan.measures.contains(.heldOut), let weight = damping.weight, left.count >= 2 {
      if let factors = plan.factors {
        heldOut = factors.minibatches.flatMap { ids in
          HeldOut.statistics(
            space, groups: FactorGroups(ids, minibatchCount: isNonzero.count), kept: left, weight: weight,
            batchSize: batchSize, workerCount: plan.workerCount)
        }
      } else {
        heldOut = HeldOut.statistics(
          minibatches: space.gram, batchSizes: input.batchSizes, kept: left, weight: weight, batchSize: batchSize,
          workerCount: plan.workerCount)
      }
    }
    audit.kl = KLMeasures(
      fisher: plan.kind, damping: damping, zeroGradients: kept.count - left.count,
      outsideRange: whitened!.outsideRange, dead: energy > 0 ? deadSquare / energy : 0,
      inSample: plan.measures.contains(.regret) ? products.statistics(batchSize: batchSize, hasTIC: hasTIC) : nil,
      heldOut: heldOut)
  }

  private func addFisher(to audit: inout Audit, _ input: AuditInput, _ plan: AuditPlan, damping: ResolvedDamping) {
    guard let rawFactors else { return }
    let all = Array(0..<rawFactors.factorCount)
    var summary = FisherFlatness.summary(
      plan.kind, eigenvalues: rawFactors.eigenvalues(of: all), factorCount: all.count)
    if let ids = plan.factors?.minibatches, let whitenedFactors {
      summary.contrast = FisherFlatness.contrast(
        raw: rawFactors, whitened: whitenedFactors,
        groups: FactorGroups(ids, minibatchCount: isNonzero.count).known,
        weight: damping.kind == .diagonal ? damping.weight : nil)
    }
    audit.fisher = summary
  }

  private func regret(
    of tensor: TensorColumns, _ sums: GramSums, damping: ResolvedDamping?, factorCount: Int, batchSize: Double
  ) -> TensorRegret {
    let kept = sums.isNonzero.indices.filter { sums.isNonzero[$0] }
    var entry = TensorRegret(name: tensor.name, count: tensor.count, euclidean: nil, kl: nil)
    entry.euclidean = InnerProducts(matrix: sums.gradients.submatrix(kept, kept)).regret
    if let damping,
      let products = TensorSolve.innerProducts(
        sums, damping: damping, factorCount: factorCount, batchSize: batchSize)
    {
      entry.kl = InnerProducts.positive(products.submatrix(kept, kept)).0.regret
    }
    return entry
  }
}
