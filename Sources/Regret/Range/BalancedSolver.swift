internal import Checkpoint

/// A Fisher whose columns are so small that their squares leave double precision, from two reads.
///
/// Diagonal damping and `none` do not see the scale of single columns, so they are taken from columns divided by powers of
/// two; `identity` and the Fisher's own spectrum from the rows as they are, where such columns are nothing.
struct BalancedSolver: FisherSolver {
  let raw: any FisherSolver
  let balanced: any FisherSolver

  var shrinkage: Double? { balanced.shrinkage }
  var outsideRange: Double? { balanced.outsideRange }
  var convergence: Convergence? { balanced.convergence ?? raw.convergence }
  var isDouble: Bool { true }

  private func solver(_ damping: ResolvedDamping) -> any FisherSolver { damping.kind == .identity ? raw : balanced }

  func innerProducts(_ damping: ResolvedDamping) throws -> Matrix { try solver(damping).innerProducts(damping) }

  func heldOut(_ damping: ResolvedDamping, kept: [Int]) throws -> HeldOutPairs? {
    try solver(damping).heldOut(damping, kept: kept)
  }

  func groupedRows(_ damping: ResolvedDamping) throws -> GroupedRows? { try solver(damping).groupedRows(damping) }

  func summary(_ damping: ResolvedDamping) throws -> (summary: FisherSummary, spectra: FisherSpectra)? {
    guard let own = try raw.summary(damping), let even = try balanced.summary(damping) else { return nil }
    var summary = own.summary
    if let contrast = even.summary.contrast {
      summary.contrast?.largestEigenvalueNormalized = contrast.largestEigenvalueNormalized
      summary.contrast?.frobeniusNormalized = contrast.frobeniusNormalized
      summary.contrast?.logVolumeGap = contrast.logVolumeGap
    }
    return (summary, FisherSpectra(raw: own.spectra.raw, normalized: even.spectra.normalized))
  }

  func effectiveDimension(shift: Double) throws -> Double { try balanced.effectiveDimension(shift: shift) }

  func combination(_ damping: ResolvedDamping) throws -> Matrix { try solver(damping).combination(damping) }

  func leverages(_ damping: ResolvedDamping) throws -> (@Sendable (_ columns: Matrix) -> [Double])? {
    try solver(damping).leverages(damping)
  }

  func tensors(_ damping: ResolvedDamping) throws -> [TensorProducts] {
    let own = try raw.tensors(damping)
    guard damping.kind != .identity else { return own }
    return zip(own, try balanced.tensors(damping)).map { own, even in
      TensorProducts(gradients: own.gradients, isNonzero: own.isNonzero, touchedCount: own.touchedCount, kl: even.kl)
    }
  }
}

extension BalancedSolver {
  /// The solver of `input` again where `sample` says that squares left double precision on the way; throws where a
  /// gradient itself has no square, naming the row.
  static func read(
    _ input: AuditInput, _ plan: AuditPlan, _ sample: Sample, _ raw: (any FisherSolver)?,
    _ read: (AuditInput, AuditPlan) throws -> (Sample, (any FisherSolver)?)
  ) throws -> (any FisherSolver)? {
    for row in sample.isNonzero.indices where sample.isNonzero[row] && !Sample.isInRange(sample.gradients[row, row]) {
      throw CheckpointError.beyondRange(input.gradients, row: row)
    }
    guard let raw, !plan.isSketched else { return raw }
    let made = plan.factors?.rows ?? SelectedRows(Array(input.fisherRows), of: input.gradients)
    // Squares of narrower numbers stay within double precision.
    guard [made, input.gradients].contains(where: { $0.elementType == .float64 }) else { return raw }
    let columns = try ColumnExponents(made)
    var even = input
    even.gradients = BalancedColumns(source: input.gradients, exponents: columns.exponents)
    even.factors = input.factors.map {
      FactorRows(
        kind: $0.kind, rows: BalancedColumns(source: $0.rows, exponents: columns.exponents), minibatches: $0.minibatches
      )
    }
    var evenPlan = plan
    evenPlan.precision = .float64
    evenPlan.work = LocalWork()
    evenPlan.factors = even.factors.first { $0.kind == plan.kind }
    let (evenSample, solver) = try read(even, evenPlan)
    guard let solver else { return raw }
    let isLive = try columns.liveRows(of: input.gradients)
    for (row, square) in evenSample.squares.enumerated() where isLive[row] && !Sample.isInRange(square) {
      throw CheckpointError.beyondRange(input.gradients, row: row)
    }
    return BalancedSolver(raw: raw, balanced: solver)
  }
}
