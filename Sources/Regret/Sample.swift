internal import Checkpoint

/// All that the measures need of the rows, whichever way it was found: sums over columns and inner products.
struct Sample: Sendable {
  /// G·Gᵀ [N, N] over all columns.
  var gradients: Matrix
  /// Gradients with an element that is not 0.
  var isNonzero: [Bool]
  var liveCount: Int
  /// Σ‖g‖² over dead columns.
  var deadSquare: Double
  /// ρ of `auto`, where it is asked for.
  var shrinkage: Double?
  /// In coordinates where diag F = 1; nil without a usable Fisher.
  var whitened: RangeCoordinates?
  /// In coordinates where the mean of diag F = 1; nil unless asked for.
  var scaled: RangeCoordinates?
  /// Factor rows as they are, and where diag F = 1.
  var rawFactors: FactorSpace?
  var whitenedFactors: FactorSpace?
  /// Tensor by tensor, in the order of the input, where asked for.
  var tensors: [GramSums]?

  init(_ input: AuditInput, _ plan: AuditPlan) throws {
    self =
      plan.isDouble
      ? try Sample(input, plan, in: Double.self) : try Sample(input, plan, in: Float.self)
  }

  private init<Scalar: WorkingScalar>(_ input: AuditInput, _ plan: AuditPlan, in scalar: Scalar.Type) throws {
    let wantsTensors = plan.measures.contains(.tensors)
    var sums: GramSums?
    var tensors = [GramSums?](repeating: nil, count: wantsTensors ? input.tensors.count : 0)
    let request = Self.request(input, plan)
    let ranges = wantsTensors ? input.tensors.map(\.range) : [0..<input.gradients.columnCount]
    try GramPass.run(
      request, over: ranges, width: plan.blockWidth, workerCount: plan.workerCount, in: Scalar.self
    ) { tensor, part in
      if sums == nil { sums = part } else { sums!.add(part) }
      if wantsTensors { tensors[tensor] = part }
    }
    let total = sums ?? GramSums(request)
    if total.isOutOfRange {
      try RowScan.requireFinite([input.gradients] + (plan.isUsable ? plan.factors.map { [$0.rows] } ?? [] : []))
      if Scalar.self != Double.self {
        self = try Sample(input, plan, in: Double.self)
        return
      }
    }
    gradients = total.gradients
    isNonzero = total.isNonzero
    liveCount = total.liveCount
    deadSquare = total.deadSquare
    self.tensors = wantsTensors ? tensors.map { $0 ?? GramSums(request) } : nil
    guard plan.isUsable, total.liveCount > 0, let whitened = total.whitened else { return }
    let batchSize = input.batchSize
    if let factors = plan.factors {
      let split = GramSplit(whitened, gradientCount: input.gradients.rowCount)
      self.whitened = RangeCoordinates(gram: split.gradients, cross: split.cross, factors: split.factors)
      whitenedFactors = .gram(split.factors)
      rawFactors = total.rawFactors.map(FactorSpace.gram)
      if let groups = request.groups {
        let squares = Shrinkage.squares(split.factors, groups: groups)
        shrinkage = Self.weight(squares, total)
      }
      if let raw = total.raw {
        let split = GramSplit(raw, gradientCount: input.gradients.rowCount)
        rawFactors = .gram(split.factors)
        let scale = Double(total.liveCount) / total.trace
        scaled = RangeCoordinates(
          gram: split.gradients * scale, cross: split.cross * scale, factors: split.factors * scale)
      }
      _ = factors
    } else {
      self.whitened = RangeCoordinates(gram: whitened, batchSize: batchSize)
      if request.groups != nil {
        shrinkage = Self.weight(Shrinkage.squares(minibatches: whitened, batchSize: batchSize), total)
      }
      if let raw = total.raw {
        scaled = RangeCoordinates(gram: raw * (Double(total.liveCount) / total.trace), batchSize: batchSize)
      }
      if plan.measures.contains(.fisher) {
        let root = MinibatchFisher.root(gradients.rowCount, batchSize)
        rawFactors = .gram(root * gradients * root)
      }
    }
  }

  private static func request(_ input: AuditInput, _ plan: AuditPlan) -> GramRequest {
    var isIdentity = false
    if case .identity = plan.damping { isIdentity = true }
    var groups: [[Int]]?
    if case .auto = plan.damping, plan.isUsable {
      groups =
        plan.factors.map { FactorGroups.forShrinkage($0.minibatches, factorCount: $0.rows.rowCount) }
        ?? (0..<input.gradients.rowCount).map { [$0] }
    }
    let factors = plan.isUsable ? plan.factors?.rows : nil
    var request = GramRequest(
      gradients: input.gradients, factors: factors, batchSize: input.batchSize, isWhitened: plan.isUsable,
      isRaw: isIdentity && plan.isUsable, hasRawFactors: factors != nil && plan.measures.contains(.fisher),
      groups: groups)
    if plan.measures.contains(.tensors), let factors {
      request.keptColumnLimit = min(factors.rowCount - 1, plan.blockWidth / 2 - 1)
    }
    return request
  }

  private static func weight(_ squares: (groups: [Double], mean: Double), _ sums: GramSums) -> Double {
    Shrinkage.weight(
      groupSquares: squares.groups, meanSquare: squares.mean, groupDiagonalSquare: sums.groupDiagonalSquare,
      meanDiagonalSquare: sums.meanDiagonalSquare)
  }
}

/// The blocks of [G; S]·[G; S]ᵀ.
struct GramSplit {
  let gradients: Matrix
  let cross: Matrix
  let factors: Matrix

  init(_ whole: Matrix, gradientCount: Int) {
    let first = 0..<gradientCount
    let rest = gradientCount..<whole.rowCount
    gradients = whole.submatrix(first, first)
    cross = whole.submatrix(first, rest)
    factors = whole.submatrix(rest, rest)
  }
}

extension AuditInput {
  /// Harmonic mean b of the minibatches' sizes.
  var batchSize: Double { Double(batchSizes.count) / batchSizes.reduce(0) { $0 + 1 / Double($1) } }
}
