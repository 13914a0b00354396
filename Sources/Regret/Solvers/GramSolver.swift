internal import Checkpoint

/// The dual way: everything from Gram matrices of all rows, (N + M)², and one eigendecomposition of S̃S̃ᵀ.
struct GramSolver: FisherSolver {
  let shrinkage: Double?
  let outsideRange: Double?
  var convergence: Convergence? { nil }
  private let input: AuditInput
  private let plan: AuditPlan
  /// In coordinates where diag F = 1; nil where ``factored`` does, or products on tiles will not do.
  private let whitened: RangeCoordinates?
  /// Q, where nothing else is asked for.
  private let factored: FactoredGram?
  /// In coordinates where the mean of diag F = 1; nil unless asked for, or where ``factored`` does.
  private let scaled: RangeCoordinates?
  /// Factor rows as they are, and where diag F = 1.
  private let rawFactors: Matrix?
  /// Of the Fisher as it is, ascending.
  private let rawEigenvalues: [Double]?
  private let whitenedFactors: Matrix?
  private let tensorProducts: [TensorProducts?]
  private let waiting: [GramSums?]
  /// What products were formed in.
  let precision: ElementType
  var isDouble: Bool { precision == .float64 }

  /// Reads all rows once, and again where products have to be formed in more digits. No solver where the Fisher cannot be
  /// used.
  static func read(_ input: AuditInput, _ plan: AuditPlan) throws -> (Sample, (any FisherSolver)?) {
    guard plan.isDouble || plan.isUsable == false else {
      if plan.precision == .bfloat16, let result = try read(input, plan, in: Float.self, onTiles: true) {
        return result
      }
      if let result = try read(input, plan, in: Float.self) { return result }
      return try read(input, plan, in: Double.self)!
    }
    return try read(input, plan, in: Double.self)!
  }

  /// Nil where products left the range of `Scalar` or of tiles, or lack digits, and wider ones are to be tried.
  private static func read<Scalar: WorkingScalar>(
    _ input: AuditInput, _ plan: AuditPlan, in scalar: Scalar.Type, onTiles: Bool = false
  ) throws -> (Sample, (any FisherSolver)?)? {
    var request = plan.request(input)
    request.usesTiles = onTiles
    let pass = try TensorPass.run(input, plan, request, in: scalar)
    if pass.total.columnSums.isOutOfRange {
      if onTiles { return nil }
      try RowScan.requireFinite(plan.sources(input))
      if Scalar.self != Double.self { return nil }
      if pass.total.isUnusable { throw try RowScan.rangeError(input, plan) }
    }
    var sample = Sample(pass.total)
    sample.isOutOfRange = pass.total.columnSums.isOutOfRange
    let precision: ElementType = onTiles ? .bfloat16 : Scalar.elementType
    guard Amplification.carries(sample.gradients, in: precision) else { return nil }
    guard plan.isUsable, pass.total.columnSums.liveCount > 0 else {
      if onTiles { return nil }
      sample.tensors = pass.products?.map { $0 ?? .none(input) }
      return (sample, nil)
    }
    let solver = GramSolver(input, plan, pass, precision: precision)
    // Where float32 products cannot carry ρ, double ones do: stored numbers are exact in either.
    let damping = plan.settledDamping ?? ResolvedDamping(kind: .diagonal, weight: solver.shrinkage)
    if onTiles, solver.factored == nil { return nil }
    if let weight = damping.weight, precision != .float64 {
      let products = solver.innerProducts(damping)
      let amplification = solver.amplification(damping, weight, products)
      guard Amplification.carries(products, amplification, in: precision) else { return nil }
    }
    return (sample, solver)
  }

  private init(_ input: AuditInput, _ plan: AuditPlan, _ pass: TensorPass, precision: ElementType) {
    self.input = input
    self.plan = plan
    tensorProducts = pass.products ?? []
    waiting = pass.waiting
    self.precision = precision
    let total = pass.total
    let batchSize = input.fisherBatchSize
    let (reference, fisherRows) = (input.referenceRows, input.fisherRows)
    let gradientCount = input.gradients.rowCount
    let whitened = total.whitened!
    let scale = Double(total.columnSums.liveCount) / total.columnSums.trace
    let groups = plan.groups(input)
    if plan.factors != nil {
      let split = GramSplit(whitened, gradientCount: gradientCount)
      let rawSplit = total.raw.map { GramSplit($0, gradientCount: gradientCount) }
      let noise = SketchNoise(input)
      let squares = groups.map { Shrinkage.squares(split.factors, groups: $0, noise: noise) }
      shrinkage = squares.map { Self.shrinkage($0, total, noise) }
      let weight = plan.settledDamping.map(\.weight) ?? shrinkage
      factored =
        plan.needsSpectrum
        ? nil
        : weight.flatMap {
          FactoredGram(
            whitened: split, metric: rawSplit.map { $0 * scale } ?? split, weight: $0, reference: reference,
            rounding: precision == .bfloat16 ? Tiles.rounding : Amplification.narrowRounding,
            workerCount: plan.workerCount)
        }
      let isSpectrumAsked = plan.measures.contains(.fisher)
      whitenedFactors = isSpectrumAsked ? split.factors : nil
      let raw = rawSplit?.factors ?? total.rawFactors
      rawFactors = raw
      // The two largest eigenproblems of an audit.
      let needsSpace = factored == nil && precision != .bfloat16
      (self.whitened, rawEigenvalues) = OrderedWork.both(workerCount: plan.workerCount) {
        needsSpace ? RangeCoordinates(split) : nil
      } _: {
        isSpectrumAsked ? raw.map(Self.eigenvalues) : nil
      }
      scaled = needsSpace ? rawSplit.map { RangeCoordinates($0 * scale) } : nil
      outsideRange = factored?.outsideRange ?? self.whitened?.outsideRange(reference)
    } else {
      factored = nil
      self.whitened = RangeCoordinates(minibatches: whitened, rows: fisherRows, batchSize: batchSize)
      let noise = SketchNoise(input)
      let squares = groups.map { _ in
        Shrinkage.squares(
          minibatches: whitened.submatrix(fisherRows, fisherRows), batchSize: batchSize, noise: noise)
      }
      shrinkage = squares.map { Self.shrinkage($0, total, noise) }
      scaled = total.raw.map { RangeCoordinates(minibatches: $0 * scale, rows: fisherRows, batchSize: batchSize) }
      let root = MinibatchFisher.root(fisherRows.count, batchSize)
      outsideRange = self.whitened!.outsideRange(reference)
      func factors(_ products: Matrix) -> Matrix? {
        plan.measures.contains(.fisher) ? root * products.submatrix(fisherRows, fisherRows) * root : nil
      }
      rawFactors = factors(total.gradients)
      whitenedFactors = factors(whitened)
      rawEigenvalues = rawFactors.map(Self.eigenvalues)
    }
  }

  /// Eigenvalues of F from products of its M factor rows, ascending.
  private static func eigenvalues(_ products: Matrix) -> [Double] {
    let count = Double(products.rowCount)
    return SymmetricEigen(products, withVectors: false).values.map { max(0, $0) / count }
  }

  /// ρ of `auto`.
  private static func shrinkage(
    _ squares: Shrinkage.Sums, _ total: GramSums, _ noise: SketchNoise?
  ) -> Double {
    if let noise { return Shrinkage.weight(squares, liveCount: noise.liveCount) }
    return Shrinkage.weight(
      groupSquares: squares.groups, meanSquare: squares.mean, groupDiagonalSquare: total.columnSums.groupDiagonalSquare,
      meanDiagonalSquare: total.columnSums.meanDiagonalSquare)
  }

  private func space(_ damping: ResolvedDamping) -> RangeCoordinates {
    damping.kind == .identity ? scaled! : whitened!
  }

  func innerProducts(_ damping: ResolvedDamping) -> Matrix {
    guard let weight = damping.weight else { return whitened!.innerProductsUndamped() }
    if let factored { return factored.innerProducts }
    let space = space(damping)
    if plan.factors == nil,
      let graded = GradedMinibatches(space.gram, rows: input.fisherRows, batchSize: input.fisherBatchSize),
      let products = graded.innerProducts(weight: weight)
    {
      return products
    }
    return space.innerProducts(weight: weight)
  }

  /// By how much relative rounding of inner products grows on its way into Q, `products`.
  private func amplification(_ damping: ResolvedDamping, _ weight: Double, _ products: Matrix) -> Double {
    if let factored { return factored.amplification }
    let space = space(damping)
    if plan.factors == nil {
      // Rounding of a column's mean enters its variance times b.
      guard input.fisherBatchSize < Self.largestNarrowBatch, input.fisherRows.count == space.gram.rowCount else {
        return .infinity
      }
      return space.amplification(weight: weight, innerProducts: products, batchSize: input.fisherBatchSize)
    }
    return space.amplification(weight: weight, innerProducts: products)
  }

  /// Minibatch sizes from which on the variances of the `minibatch` Fisher are formed in double precision.
  static let largestNarrowBatch = 1e6

  func effectiveDimension(shift: Double) -> Double { whitened!.effectiveDimension(shift: shift) }

  func combination(_ damping: ResolvedDamping) -> Matrix {
    let space = whitened!
    guard let weight = damping.weight, weight < 1 else { return Matrix(space.gram.rowCount, space.factorCount) }
    guard plan.factors == nil else { return space.combination(weight: weight) }
    let root = MinibatchFisher.root(input.fisherRows.count, input.fisherBatchSize)
    let split = GramSplit(minibatches: space.gram, rows: input.fisherRows, batchSize: input.fisherBatchSize)
    return (split.damped(weight: weight)?.combination ?? Matrix(space.gram.rowCount, space.factorCount)) * root
  }

  func leverages(_ damping: ResolvedDamping) -> (@Sendable (_ columns: Matrix) -> [Double])? {
    guard let weight = damping.weight, weight < 1 else { return nil }
    let space = whitened!
    guard plan.factors == nil else { return { space.leverages($0, weight: weight) } }
    let root = MinibatchFisher.root(input.fisherRows.count, input.fisherBatchSize)
    let split = GramSplit(minibatches: space.gram, rows: input.fisherRows, batchSize: input.fisherBatchSize)
    var shifted = split.factors
    for row in 0..<shifted.rowCount {
      shifted[row, row] += GramSplit.shift(weight: weight, factorCount: shifted.rowCount)
    }
    guard let factor = Cholesky(shifted) else { return nil }
    return { columns in factor.halfSolve(rows: (root * columns).transposed).transposed.columnSquares() }
  }

  func heldOut(_ damping: ResolvedDamping, kept: [Int]) -> HeldOutPairs? {
    guard let weight = damping.weight else { return nil }
    let space = space(damping)
    guard let factors = plan.factors else {
      return HeldOut.pairs(
        minibatches: space.gram, rows: input.fisherRows, batchSizes: input.batchSizes, kept: kept, weight: weight,
        workerCount: plan.workerCount)
    }
    guard let ids = factors.minibatches else { return nil }
    return HeldOut.pairs(
      space, groups: FactorGroups(ids, minibatchCount: input.gradients.rowCount), kept: kept, weight: weight,
      workerCount: plan.workerCount)
  }

  func groupedRows(_ damping: ResolvedDamping) -> GroupedRows? {
    plan.factors?.minibatches.map { GroupedRows(space(damping), ids: $0) }
  }

  func summary(_ damping: ResolvedDamping) -> (summary: FisherSummary, spectra: FisherSpectra)? {
    guard let rawFactors, let whitenedFactors, let raw = rawEigenvalues else { return nil }
    var summary = FisherFlatness.summary(plan.kind, eigenvalues: raw)
    if let ids = plan.factors?.minibatches {
      let groups = FactorGroups(ids, minibatchCount: input.gradients.rowCount).known
      summary.contrast = FisherFlatness.contrast(
        raw: GroupSpectra(gram: rawFactors, groups: groups, whole: raw, workerCount: plan.workerCount),
        normalized: GroupSpectra(
          gram: whitenedFactors, groups: groups, whole: whitened!.eigenvalues, workerCount: plan.workerCount),
        weight: damping.kind == .diagonal ? damping.weight : nil)
    }
    return (summary, FisherSpectra(raw: raw.reversed(), normalized: whitened!.eigenvalues.reversed()))
  }

  func tensors(_ damping: ResolvedDamping) throws -> [TensorProducts] {
    var products = tensorProducts
    for (index, sums) in waiting.enumerated() {
      if let sums { products[index] = plan.products(sums, input, tensor: index, damping: damping) }
    }
    let missing = products.indices.filter { products[$0] == nil && !input.tensors[$0].range.isEmpty }
    if !missing.isEmpty {
      let settled = plan.settled(damping)
      let again =
        isDouble
        ? try TensorPass.run(input, settled, settled.request(input), only: missing, in: Double.self)
        : try TensorPass.run(input, settled, settled.request(input), only: missing, in: Float.self)
      for index in missing { products[index] = again.products![index] }
    }
    return products.map { $0 ?? .none(input) }
  }
}

extension TensorProducts {
  /// A tensor without columns.
  static func none(_ input: AuditInput) -> TensorProducts {
    let count = input.gradients.rowCount
    return TensorProducts(
      gradients: Matrix(count, count), isNonzero: [Bool](repeating: false, count: count), kl: nil)
  }
}
