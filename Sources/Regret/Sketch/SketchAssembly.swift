internal import Checkpoint

/// Adds to an audit what sketching has cost its numbers.
///
/// Inner products r_i·r_j come out of a sketch of k columns with Cov(r_i·r_j, r_k·r_l) = (C_ikC_jl + C_ilC_jk)/k, C_ij = r_i·r_j,
/// but for terms of order 1/P. To first order Q_ij moves as r_i·r_j/(sρ′) does, r = ρ′A′⁻¹g, and G_ij as g_i·g_j; so a
/// statistic s has the variance Σ_t 2 tr(∂s/∂Q·C_t)²/k_t over the tensors t that are sketched.
struct SketchAssembly {
  private(set) var summary: SketchSummary
  private let sketch: SketchedRows
  private let input: AuditInput
  private let plan: AuditPlan
  private let columns: SketchedColumns

  /// Nil where rows are whole.
  init?(input: AuditInput, plan: AuditPlan, sample: Sample) {
    guard let sketch = input.sketch else { return nil }
    self.sketch = sketch
    self.input = input
    self.plan = plan
    columns = SketchedColumns(input.tensors, parameterCounts: sketch.parameterCounts)
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
    if let factors = plan.factors {
      summary.outsidePilotFactors = share(factors.squares, 0..<factors.rows.rowCount)
      let isOfPilots = factors.kind == sketch.header.pilotKind
      summary.pilotExcess =
        !isOfPilots
        ? nil
        : factors.squares.map {
          $0.whitened.reduce(0, +) / Double($0.whitened.count) / Double(sketch.header.liveCount)
        }
    }
    if let squares = sketch.squares {
      let ratios = squares.raw.indices.filter { squares.raw[$0] > 0 }.map { sample.gradients[$0, $0] / squares.raw[$0] }
      if !ratios.isEmpty { summary.lengthError = ratios.reduce(0, +) / Double(ratios.count) - 1 }
    }
  }

  /// The errors of what is Euclidean; `matrix` is that of the gradients `kept`.
  func addEuclidean(to audit: inout Audit, _ matrix: Matrix, kept: [Int]) throws {
    guard audit.euclidean != nil, !columns.isEmpty else { return }
    let sensitivities = PairStatistics.sensitivities(matrix)
    audit.euclidean?.addSketchErrors(
      variances: try columns.sum(sketch.gradients, nil, nil, workerCount: plan.workerCount) { products, count in
        let own = products.submatrix(kept, kept)
        return sensitivities.map { 2 * $0.squaredTrace(own) / Double(count) }
      })
  }

  /// The errors of what is measured in the KL ball, where Q is `matrix`, of the gradients `kept` that have a length there.
  mutating func addKL(
    to audit: inout Audit, _ solver: SketchedSolver?, _ damping: ResolvedDamping, _ matrix: Matrix, kept: [Int]
  ) throws {
    guard let solver else { return }
    let (solve, used) = try solver.settled(damping)
    summary.effectiveDimension = solve.dimension
    summary.correction = solve.ratio
    guard audit.kl?.inSample != nil, !columns.isEmpty else { return }
    let left = kept.filter { matrix[$0, $0] > 0 }
    let sensitivities = PairStatistics.sensitivities(matrix.submatrix(left, left))
    let scale = 1 / (solve.scale * (used.weight ?? 1))
    let variances = try columns.sum(
      input.gradients, plan.fisherRows(input), try solver.combination(damping), workerCount: plan.workerCount
    ) { products, count in
      let own = products.submatrix(left, left) * scale
      // What the factors take up of the columns leaves so many to the rest.
      return sensitivities.map { 2 * $0.squaredTrace(own) / (Double(count) * solve.ratio) }
    }
    audit.kl?.inSample?.addSketchErrors(variances: variances)
    guard let regret = audit.kl?.inSample?.regret else { return }
    audit.kl?.heldOut?.regret.takeSketchError(from: regret)
    audit.kl?.estimate?.regret.takeSketchError(from: regret)
    audit.kl?.estimate?.supported?.regret.takeSketchError(from: regret)
  }
}
