internal import Checkpoint
internal import Synchronization

/// The iterative way, for files whose Gram matrix and Fisher both exceed the memory bound: the factor rows are streamed
/// once an iteration, for all gradients at once.
///
/// With μ = ρM/(1−ρ), β_i = S̃g̃_i and α_i = (K + μI)⁻¹β_i: Q_ij = (1/ρ)(g̃_iᵀg̃_j − β_iᵀα_j). The residuals r_i left by
/// conjugate gradients enter as β_iᵀα_j + α_iᵀr_j, which leaves an error of their second order.
struct ConjugateGradientSolver: FisherSolver {
  let shrinkage: Double?
  private let input: AuditInput
  private let plan: AuditPlan
  private let whole: SpanSums
  private let startsDouble: Bool
  /// What needs the Gram matrix of all rows, where that fits into memory after all.
  private let gram: (any FisherSolver)?
  /// The ρ that is iterated for; others follow from the spectrum where that is at hand.
  var ownWeight: Double?
  private let log = Log()

  /// What the solves for the whole model needed.
  private final class Log: Sendable {
    let worst = Mutex<Convergence?>(nil)
    let neededDouble = Mutex(false)
  }

  var outsideRange: Double? { gram?.outsideRange }
  var isDouble: Bool { startsDouble || log.neededDouble.withLock { $0 } }
  var convergence: Convergence? { log.worst.withLock { $0 } }

  static func read(_ input: AuditInput, _ plan: AuditPlan) throws -> (Sample, (any FisherSolver)?) {
    let gram = plan.canUseGram ? try GramSolver.read(input, plan).1 : nil
    if !plan.isDouble, let result = try read(input, plan, gram, in: Float.self) { return result }
    return try read(input, plan, gram, in: Double.self)!
  }

  private static func read<Scalar: WorkingScalar>(
    _ input: AuditInput, _ plan: AuditPlan, _ gram: (any FisherSolver)?, in scalar: Scalar.Type
  ) throws -> (Sample, (any FisherSolver)?)? {
    let all = [0..<input.gradients.columnCount]
    let sums = try GramPass.run(plan.spanRequest(input), over: all, plan: plan, isVerified: true, in: scalar)
    if sums.columnSums.isOutOfRange {
      try RowScan.requireFinite(plan.sources(input))
      if Scalar.self != Double.self { return nil }
      if sums.isUnusable { throw try RowScan.rangeError(input, plan) }
    }
    var sample = Sample(sums)
    sample.isOutOfRange = sums.columnSums.isOutOfRange
    guard Amplification.carries(sample.gradients, in: Scalar.elementType) else { return nil }
    guard sums.columnSums.liveCount > 0 else {
      if plan.measures.contains(.tensors) {
        sample.tensors = try input.tensors.map { tensor in
          guard !tensor.range.isEmpty else { return .none(input) }
          let own = try GramPass.run(plan.spanRequest(input), over: [tensor.range], plan: plan, in: scalar)
          return TensorProducts(
            gradients: own.gradients, isNonzero: own.columnSums.isNonzero, touchedCount: own.columnSums.touchedCount,
            kl: nil)
        }
      }
      return (sample, nil)
    }
    return (sample, try ConjugateGradientSolver(input, plan, sums, gram, isDouble: Scalar.self == Double.self))
  }

  private init(
    _ input: AuditInput, _ plan: AuditPlan, _ sums: GramSums, _ gram: (any FisherSolver)?, isDouble: Bool
  ) throws {
    self.input = input
    self.plan = plan
    self.gram = gram
    startsDouble = isDouble
    whole = SpanSums(sums, isIdentity: plan.settledDamping?.kind == .identity)
    if let known = gram?.shrinkage {
      shrinkage = known
    } else if let groups = plan.groups(input) {
      shrinkage = try TiledShrinkage.weight(input, plan, groups: groups, sums: sums, isDouble: isDouble)
    } else {
      shrinkage = nil
    }
    ownWeight = plan.settledDamping?.weight ?? shrinkage
  }

  func innerProducts(_ damping: ResolvedDamping) throws -> Matrix {
    // The audit's own ρ is solved for as asked; where the spectrum is at hand the others follow from it.
    if let gram, damping.weight != ownWeight || damping.kind == .none { return try gram.innerProducts(damping) }
    let (matrix, convergence) = try solve(whole, 0..<input.gradients.columnCount, damping)
    if let convergence { log.worst.withLock { $0 = $0 ?? convergence } }
    return matrix
  }

  var isIterative: Bool { gram == nil }

  /// From the spectrum where it is at hand; else M − μ·mean zᵀ(K + μI)⁻¹z over random signs z, whose error is far below
  /// what a sketch needs. (Hutchinson 1990)
  func effectiveDimension(shift: Double) throws -> Double {
    if let gram { return try gram.effectiveDimension(shift: shift) }
    let count = whole.factorSquares.count
    var generator = SplitMix64(seed: 0)
    let signs = Matrix(Self.probeCount, count) { _, _ in generator.next() & 1 == 0 ? 1 : -1 }
    let damping = shift * Double(count)
    let solution = try ConjugateGradients.solve(
      product(0..<input.gradients.columnCount, isIdentity: false, scale: whole.scale, isDouble: true),
      diagonal: whole.factorSquares, shift: damping, signs,
      squares: [Double](repeating: Double(count) / damping, count: Self.probeCount), tolerance: 1e-6, rounding: 0x1p-53,
      limit: Self.iterationLimit)
    let sum = zip(signs.elements, solution.solutions.elements).reduce(0) { $0 + $1.0 * $1.1 }
    return Double(count) - damping * sum / Double(Self.probeCount)
  }

  /// Random vectors of a trace.
  private static let probeCount = 16

  func combination(_ damping: ResolvedDamping) throws -> Matrix {
    if let gram { return try gram.combination(damping) }
    guard let weight = damping.weight, weight < 1 else { return whole.cross * 0 }
    return try solution(whole, 0..<input.gradients.columnCount, damping, weight, isDouble: startsDouble).solutions
  }

  func leverages(_ damping: ResolvedDamping) throws -> (@Sendable (_ columns: Matrix) -> [Double])? {
    try gram?.leverages(damping)
  }

  private func product(
    _ columns: Range<Int>, isIdentity: Bool, scale: Double, isDouble: Bool
  ) -> FactorProduct {
    FactorProduct(
      factors: plan.factors!.rows, columns: [columns], isNormalized: !isIdentity && !plan.isSketched, scale: scale,
      width: plan.blockWidth, workerCount: plan.workerCount, isDouble: isDouble, work: plan.work)
  }

  func heldOut(_ damping: ResolvedDamping, kept: [Int]) throws -> HeldOutPairs? {
    try gram?.heldOut(damping, kept: kept)
  }

  func groupedRows(_ damping: ResolvedDamping) throws -> GroupedRows? { try gram?.groupedRows(damping) }

  func summary(_ damping: ResolvedDamping) throws -> (summary: FisherSummary, spectra: FisherSpectra)? {
    try gram?.summary(damping)
  }

  func tensors(_ damping: ResolvedDamping) throws -> [TensorProducts] {
    if let gram { return try gram.tensors(damping) }
    return try input.tensors.map { tensor in
      guard !tensor.range.isEmpty else { return .none(input) }
      let sums = try span(tensor.range, damping, isDouble: startsDouble)
      let kl =
        sums.columnSums.liveCount > 0
        ? try solve(SpanSums(sums, isIdentity: damping.kind == .identity), tensor.range, damping).0 : nil
      return TensorProducts(
        gradients: sums.gradients, isNonzero: sums.columnSums.isNonzero, touchedCount: sums.columnSums.touchedCount,
        kl: kl)
    }
  }

  /// One read of `columns` of all rows.
  private func span(_ columns: Range<Int>, _ damping: ResolvedDamping, isDouble: Bool) throws -> GramSums {
    let request = plan.settled(damping).spanRequest(input)
    return isDouble
      ? try GramPass.run(request, over: [columns], plan: plan, in: Double.self)
      : try GramPass.run(request, over: [columns], plan: plan, in: Float.self)
  }

  /// Q over `columns`, whose sums are `sums`; from double products where float32 ones cannot carry ρ.
  private func solve(
    _ sums: SpanSums, _ columns: Range<Int>, _ damping: ResolvedDamping
  ) throws -> (Matrix, Convergence?) {
    guard let weight = damping.weight else { throw AuditError.needsSpectrum(solver: .cg) }
    guard weight < 1 else { return (sums.gradients, nil) }
    do {
      let result = try solve(sums, columns, damping, weight, isDouble: startsDouble)
      if startsDouble || !isTooCoarse(result.0, sums, weight) { return result }
    } catch AuditError.notConverged where !startsDouble {}
    log.neededDouble.withLock { $0 = true }
    let wide = SpanSums(
      try span(columns, damping, isDouble: true), isIdentity: damping.kind == .identity)
    return try solve(wide, columns, damping, weight, isDouble: true)
  }

  /// Whether rounding of some ‖g̃_i‖² in float32 is too much of the difference ρQ_ii, or of what is left of it in 1 − cos.
  private func isTooCoarse(_ products: Matrix, _ sums: SpanSums, _ weight: Double) -> Bool {
    let spread = Amplification.spread(products)
    return (0..<products.rowCount).contains { row in
      sums.gradients[row, row] > 0
        && Amplification.isTooMuch(sums.gradients[row, row], of: spread * weight * products[row, row])
    }
  }

  private func solve(
    _ sums: SpanSums, _ columns: Range<Int>, _ damping: ResolvedDamping, _ weight: Double, isDouble: Bool
  ) throws -> (Matrix, Convergence?) {
    let solution = try solution(sums, columns, damping, weight, isDouble: isDouble)
    let inside =
      sums.cross.timesTransposed(solution.solutions) + solution.solutions.timesTransposed(solution.residuals)
    // Symmetric but for the second order of the residuals.
    let symmetric = (inside + inside.transposed) * 0.5
    return ((sums.gradients - symmetric) * (1 / weight), solution.convergence)
  }

  private func solution(
    _ sums: SpanSums, _ columns: Range<Int>, _ damping: ResolvedDamping, _ weight: Double, isDouble: Bool
  ) throws -> ConjugateGradients.Solution {
    try ConjugateGradients.solve(
      product(columns, isIdentity: damping.kind == .identity, scale: sums.scale, isDouble: isDouble),
      diagonal: sums.factorSquares, shift: GramSplit.shift(weight: weight, factorCount: sums.factorSquares.count),
      sums.cross, squares: sums.gradients.diagonal, tolerance: isDouble ? 1e-13 : 1e-7,
      rounding: isDouble ? 0x1p-53 : 0x1p-24, limit: isDouble ? Self.iterationLimit : Self.narrowIterationLimit)
  }

  /// Iterations after which a solve has failed.
  static let iterationLimit = 2000
  /// The same in float32, whose rounding lets directions forget each other: double products then take fewer.
  static let narrowIterationLimit = 100
}

/// What conjugate gradients need of one pass over the rows, in the metric's coordinates.
struct SpanSums: Sendable {
  /// g̃_iᵀg̃_j [N, N].
  let gradients: Matrix
  /// β_i = S̃g̃_i [N, M].
  let cross: Matrix
  /// ‖s̃_m‖²
  let factorSquares: [Double]
  /// What products of rows are multiplied by: 1/t for `identity`.
  let scale: Double

  init(_ sums: GramSums, isIdentity: Bool) {
    let count = sums.gradients.rowCount
    let tile = sums.tile!
    scale = isIdentity ? Double(sums.columnSums.liveCount) / sums.columnSums.trace : 1
    gradients = tile.submatrix(0..<count, 0..<count) * scale
    cross = tile.submatrix(0..<count, count..<tile.columnCount) * scale
    let factor = scale
    factorSquares = sums.factorSquares.map { $0 * factor }
  }
}
