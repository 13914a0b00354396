internal import Checkpoint

/// The numbers that decide how an audit is carried out.
struct ProblemSize: Sendable {
  /// N, M and P; M = 0 for `minibatch`.
  let gradients: Int
  let factors: Int
  let parameters: Int
  /// Bytes of the stored rows.
  let gradientBytes: Int
  let factorBytes: Int
  /// Rows of the largest two minibatches together, and how many different numbers pairs of minibatches have.
  let pairRows: Int
  let pairSizes: Int
  /// Σm³ over minibatches of m rows.
  let groupCubes: Double
  let hasGroups: Bool
  let isRaw: Bool
  /// Whether anything is asked for that takes inner products of the factors; `outside_range` alone does not, unless they
  /// cost next to nothing.
  let wantsGram: Bool
  let measures: Measures
  /// What ``ParameterPass`` multiplies for one row of the Fisher, and the most memory that it takes [bytes], of which what it adds up.
  let flatnessProducts: Double
  let parameterBytes: Int
  let parameterSumBytes: Int
  let isDouble: Bool
  /// Whether products in fewer digits may be formed on ``Tiles``.
  let usesTiles: Bool
  let blockWidth: Int
  let workers: Int
  let memoryBound: Int

  init(
    _ input: AuditInput, factors stored: FactorRows?, damping: Damping, measures: Measures, workerCount: Int,
    memoryBound: Int, precision: ElementType?
  ) {
    gradients = input.gradients.rowCount
    factors = stored?.rows.rowCount ?? 0
    parameters = input.gradients.columnCount
    gradientBytes = gradients * parameters * input.gradients.elementType.byteCount
    factorBytes = factors * parameters * (stored?.rows.elementType.byteCount ?? 0)
    if let ids = stored?.minibatches {
      let sizes = FactorGroups(ids, minibatchCount: gradients).rows.map(\.count).sorted(by: >)
      pairRows = sizes.prefix(2).reduce(0, +)
      pairSizes = min(16, Set(sizes).count * (Set(sizes).count + 1) / 2)
      groupCubes = sizes.reduce(0) { $0 + Double($1) * Double($1) * Double($1) }
      hasGroups = true
    } else {
      (pairRows, pairSizes, groupCubes, hasGroups) = (0, 0, 0, false)
    }
    if case .identity = damping { isRaw = true } else { isRaw = false }
    flatnessProducts =
      input.parameters == nil ? 0 : input.tensors.reduce(0) { $0 + RelativeFlatness.products($1) }
    let hasParameters = measures.contains(.parameters)
    parameterSumBytes = hasParameters ? ParameterPass.sumByteCount(input, rowCount: max(gradients, factors)) : 0
    parameterBytes =
      hasParameters
      ? parameterSumBytes
        + ParameterPass.byteCount(
          input, rowCount: gradients + max(gradients, factors),
          pieceCount: ParameterPass.pieceCount(memoryBound: memoryBound), workerCount: workerCount,
          hasFactors: stored != nil) : 0
    self.measures = measures
    workers = workerCount
    self.memoryBound = memoryBound
    let rows = gradients + factors
    // Rows of C·G of some gradients alone are formed from products, whose rounding they carry on.
    let isPart = stored == nil && input.fisherRows.count < gradients
    let isStoredDouble = ([input.gradients] + (stored.map { [$0.rows] } ?? [])).contains { $0.elementType == .float64 }
    // Files this small cost nothing in double precision; larger ones take float32 products with double totals.
    let isSmall = Double(rows) * Double(rows) * Double(parameters) <= 3e10
    let ofRows = measures.subtracting(.parameters)
    wantsGram = isSmall || ofRows != .regret || damping == .auto
    isDouble = isStoredDouble || isPart || precision.map { $0 == .float64 } ?? isSmall
    usesTiles = !isDouble && ofRows == .regret && (precision.map { $0 == .bfloat16 } ?? Tiles.areAvailable)
    // Buffers of 8 MiB stay in a processor's last cache, and tiles are so fast that those of few rows should stay in the one
    // before; the width may not depend on the number of workers, or sums would.
    let room = min(usesTiles ? 1 << 24 : 1 << 23, memoryBound / 64) / (isDouble ? 8 : 4)
    let widest = usesTiles ? ColumnBlock.tilePieceWidth : ColumnBlock.pieceWidth
    blockWidth = max(64, min(widest, room / max(1, rows) / 16 * 16))
  }

  var rows: Int { gradients + factors }
  var pairs: Double { Double(gradients * (gradients - 1)) / 2 }
  var scalarBytes: Int { isDouble ? 8 : 4 }
}
