internal import Checkpoint
internal import Synchronization

/// The primal way: F itself [P, P] and its eigendecomposition, for models with fewer parameters than factor rows.
///
/// Factor rows are read once for F and once more, minibatch by minibatch, for what compares minibatches.
struct PrimalSolver: FisherSolver {
  let shrinkage: Double?
  let outsideRange: Double?
  var convergence: Convergence? { nil }
  var isDouble: Bool { true }
  private let input: AuditInput
  private let plan: AuditPlan
  private let factors: FactorRows
  /// Columns in which some factor is not 0; all matrices below are of these alone.
  private let live: [Int]
  /// diag F
  private let diagonal: [Double]
  private let fisher: Matrix
  private let gradients: Matrix
  /// F̃ = D^{-½}FD^{-½}
  private let normalized: Matrix
  /// In coordinates where diag F = 1.
  private let whitened: RangeCoordinates
  /// In coordinates where the mean of diag F = 1; nil unless asked for.
  private let scaled: RangeCoordinates?
  private let wholeGradients: Matrix

  static func read(_ input: AuditInput, _ plan: AuditPlan) throws -> (Sample, (any FisherSolver)?) {
    let factors = plan.factors!
    let gradients = try RowReader.matrix(Array(0..<input.gradients.rowCount), of: input.gradients)
    let (square, isLive) = try PrimalPass.square(factors.rows, plan)
    let gram = gradients.timesTransposed(gradients)
    // Of a sketch all columns are in the metric.
    let live = isLive.indices.filter { isLive[$0] || plan.isSketched }
    if !(gram.trace.isFinite && square.trace.isFinite) || !live.isEmpty && square.trace == 0 {
      try RowScan.requireFinite([input.gradients, factors.rows])
      throw try RowScan.rangeError(input, plan)
    }
    var deadSquare = 0.0
    for row in input.referenceRows {
      for column in isLive.indices where !isLive[column] {
        deadSquare += gradients[row, column] * gradients[row, column]
      }
    }
    var sample = Sample(
      gradients: gram, isNonzero: gradients.nonzeroRows(), liveCount: live.count, deadSquare: deadSquare)
    sample.isOutOfRange = sample.isNonzero.indices.contains {
      sample.isNonzero[$0] && !Sample.isInRange(gram[$0, $0])
    }
    guard !live.isEmpty else {
      if plan.measures.contains(.tensors) {
        sample.tensors = input.tensors.map { TensorProducts(gradients.submatrix(0..<gradients.rowCount, $0.range)) }
      }
      return (sample, nil)
    }
    let fisher = square.submatrix(live, live) * (1 / Double(factors.rows.rowCount))
    let solver = try PrimalSolver(input, plan, factors, live, fisher, gradients)
    sample.squares = solver.whitened.gram.diagonal
    sample.trace = fisher.trace
    if let groups = plan.minibatchGroups {
      let inverses = fisher.diagonal.map { 1 / $0.squareRoot() }
      let squares = gradients.submatrix(input.referenceRows, live).scalingColumns(by: inverses).columnSquares()
      sample.thinSquare = try GroupSweep.thinSquare(
        factors.rows, groups: groups, live: live, squares: squares, workerCount: plan.workerCount)
    }
    let isLength = zip(sample.isNonzero, sample.squares).allSatisfy { !$0 || Sample.isInRange($1) }
    if !isLength || !solver.diagonal.allSatisfy(Sample.isInRange) { sample.isOutOfRange = true }
    return (sample, solver)
  }

  private init(
    _ input: AuditInput, _ plan: AuditPlan, _ factors: FactorRows, _ live: [Int], _ fisher: Matrix, _ whole: Matrix
  ) throws {
    self.input = input
    self.plan = plan
    self.factors = factors
    self.live = live
    self.fisher = fisher
    wholeGradients = whole
    gradients = whole.submatrix(0..<whole.rowCount, live)
    diagonal = plan.isSketched ? [Double](repeating: 1, count: live.count) : fisher.diagonal
    let inverses = diagonal.map { 1 / $0.squareRoot() }
    normalized = fisher.scalingColumns(by: inverses).scalingRows(by: inverses)
    let count = factors.rows.rowCount
    whitened = RangeCoordinates(
      fisher: normalized, gradients: gradients.scalingColumns(by: inverses), factorCount: count)
    outsideRange = whitened.outsideRange(input.referenceRows)
    if plan.settledDamping?.kind == .identity {
      let scale = Double(live.count) / fisher.trace
      scaled = RangeCoordinates(
        fisher: fisher * scale, gradients: gradients * scale.squareRoot(), factorCount: count)
    } else {
      scaled = nil
    }
    if let groups = plan.groups(input), plan.isSketched {
      let sums = try GramPass.run(
        plan.spanRequest(input), over: [0..<input.gradients.columnCount], plan: plan, in: Double.self)
      shrinkage = try TiledShrinkage.weight(input, plan, groups: groups, sums: sums, isDouble: true)
    } else if let groups = plan.groups(input) {
      shrinkage = try GroupSweep.shrinkage(
        factors.rows, groups: groups, live: live, scale: inverses, normalized: normalized,
        workerCount: plan.workerCount)
    } else {
      shrinkage = nil
    }
  }

  private var inverses: [Double] { diagonal.map { 1 / $0.squareRoot() } }

  /// What turns raw columns into the metric's coordinates.
  private func scale(_ damping: ResolvedDamping) -> [Double] {
    guard damping.kind == .identity else { return inverses }
    return [Double](repeating: (Double(live.count) / fisher.trace).squareRoot(), count: live.count)
  }

  func innerProducts(_ damping: ResolvedDamping) -> Matrix {
    let space = damping.kind == .identity ? scaled! : whitened
    return damping.weight.map(space.innerProducts) ?? space.innerProductsUndamped()
  }

  func effectiveDimension(shift: Double) -> Double { whitened.effectiveDimension(shift: shift) }

  func combination(_ damping: ResolvedDamping) throws -> Matrix {
    try complete(damping).combination(weight: damping.weight ?? 1)
  }

  func leverages(_ damping: ResolvedDamping) throws -> (@Sendable (_ columns: Matrix) -> [Double])? {
    guard let weight = damping.weight, weight < 1 else { return nil }
    let space = try complete(damping)
    return { space.leverages($0, weight: weight) }
  }

  func heldOut(_ damping: ResolvedDamping, kept: [Int]) throws -> HeldOutPairs? {
    guard let weight = damping.weight, let ids = factors.minibatches else { return nil }
    let groups = FactorGroups(ids, minibatchCount: input.gradients.rowCount)
    let scale = scale(damping)
    let largest = kept.map { groups.rows[$0].count }.sorted(by: >).prefix(2).reduce(0, +)
    if PrimalHeldOut.downdatesPay(pairRows: largest, parameters: live.count)
      && factors.rows.rowCount * live.count * 8 < plan.memoryBound / 4
    {
      return HeldOut.pairs(
        try complete(damping), groups: groups, kept: kept, weight: weight, workerCount: plan.workerCount)
    }
    return try PrimalHeldOut(
      fisher: (damping.kind == .identity ? fisher : normalized), isIdentity: damping.kind == .identity,
      gradients: gradients.scalingColumns(by: scale), rows: factors.rows, live: live, scale: scale, groups: groups,
      memory: plan.memoryBound / 4
    ).pairs(kept, weight: weight, workerCount: plan.workerCount)
  }

  /// The metric's coordinates with the factor rows read again.
  private func complete(_ damping: ResolvedDamping) throws -> RangeCoordinates {
    let (source, live, scale) = (factors.rows, live, scale(damping))
    return try (damping.kind == .identity ? scaled! : whitened).with(
      factorCount: source.rowCount, workerCount: plan.workerCount
    ) { rows in
      try RowReader.matrix(Array(rows), of: source).submatrix(0..<rows.count, live).scalingColumns(by: scale)
    }
  }

  func groupedRows(_ damping: ResolvedDamping) throws -> GroupedRows? {
    guard let ids = factors.minibatches else { return nil }
    return GroupedRows(try complete(damping), ids: ids)
  }

  func summary(_ damping: ResolvedDamping) throws -> (summary: FisherSummary, spectra: FisherSpectra)? {
    let raw = SymmetricEigen(fisher, withVectors: false).values.map { max(0, $0) }
    var summary = FisherFlatness.summary(plan.kind, eigenvalues: raw)
    if let ids = factors.minibatches {
      let groups = FactorGroups(ids, minibatchCount: input.gradients.rowCount).known
      if groups.count > 1 {
        let spectra = try GroupSweep.spectra(
          factors.rows, groups: groups, live: live, scale: inverses,
          whole: groups.reduce(0) { $0 + $1.count } == ids.count ? (raw, whitened.eigenvalues) : nil,
          workerCount: plan.workerCount)
        summary.contrast = FisherFlatness.contrast(
          raw: spectra.raw, normalized: spectra.normalized,
          weight: damping.kind == .diagonal ? damping.weight : nil)
      }
    }
    return (summary, FisherSpectra(raw: raw.reversed(), normalized: whitened.eigenvalues.reversed()))
  }

  func tensors(_ damping: ResolvedDamping) -> [TensorProducts] {
    input.tensors.enumerated().map { index, tensor in
      let places = live.indices.filter { tensor.range.contains(live[$0]) }
      let correction = input.sketchCorrection(ofTensor: index)
      return TensorProducts(
        wholeGradients.submatrix(0..<wholeGradients.rowCount, tensor.range),
        live: places.map { live[$0] - tensor.offset }, kl: places.isEmpty ? nil : products(places, damping, correction))
    }
  }

  /// Q of the columns at `places` with their block of F.
  private func products(
    _ places: [Int], _ damping: ResolvedDamping, _ correction: SketchCorrection?
  ) -> Matrix? {
    let rows = 0..<gradients.rowCount
    let trace = places.reduce(0) { $0 + diagonal[$1] }
    let isIdentity = damping.kind == .identity
    let common = Double(places.count) / trace
    let block = isIdentity ? fisher.submatrix(places, places) * common : normalized.submatrix(places, places)
    let scale = places.map { isIdentity ? common.squareRoot() : 1 / diagonal[$0].squareRoot() }
    let part = gradients.submatrix(rows, places).scalingColumns(by: scale)
    guard let weight = damping.weight else {
      return RangeCoordinates(fisher: block, gradients: part, factorCount: factors.rows.rowCount)
        .innerProductsUndamped()
    }
    let solve = correction?.settled(weight: weight, tolerance: SketchCorrection.coarse) {
      Cholesky.effectiveDimension(block, shift: $0)
    }
    return Cholesky(block.damped(solve?.weight ?? weight)).map { $0.innerProducts(part) * (1 / (solve?.scale ?? 1)) }
  }
}

extension TensorProducts {
  /// Of a tensor's columns of the gradients.
  fileprivate init(_ columns: Matrix, live: [Int] = [], kl: Matrix? = nil) {
    var isTouched = columns.nonzeroColumns()
    for column in live { isTouched[column] = true }
    self.init(
      gradients: columns.timesTransposed(columns), isNonzero: columns.nonzeroRows(),
      touchedCount: isTouched.count { $0 }, kl: kl)
  }
}
