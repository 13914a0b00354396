internal import Checkpoint

/// What an audit will do, settled before anything is read.
struct AuditPlan: Sendable {
  let kind: FisherKind
  var factors: FactorRows?
  /// Whether the Fisher can be used at all: `minibatch` needs three gradients.
  let isUsable: Bool
  let damping: Damping
  /// The damping where its weight is known; nil while that of `auto` is not.
  private(set) var settledDamping: ResolvedDamping?
  private(set) var measures: Measures
  let solver: SolverChoice
  /// What products are formed in at first.
  var precision: ElementType
  var isDouble: Bool { precision == .float64 }
  let blockWidth: Int
  let workerCount: Int
  let memoryBound: Int
  let keepsArrays: Bool
  let findsSupport: Bool
  let progress: (@Sendable (Int, Int) -> Void)?
  private(set) var summary: PlanSummary
  /// Bytes for sums of tensors that wait for ρ.
  let tensorRoom: Int
  /// Who reads the rows.
  var work: any ColumnWork
  /// Whether `cg` leaves the measures that need it to the Gram matrix.
  let canUseGram: Bool
  /// Whether rows are sketched, in coordinates where D̂ is 1.
  let isSketched: Bool

  init(_ input: AuditInput, _ options: AuditOptions, work: any ColumnWork = LocalWork()) throws(AuditError) {
    self.work = work
    let stored = FisherKind.allCases.filter { kind in input.factors.contains { $0.kind == kind } }
    let kind = options.fisher ?? stored.first ?? .minibatch
    factors = input.factors.first { $0.kind == kind }
    guard kind == .minibatch || factors != nil else { throw .noFactors(kind, available: stored + [.minibatch]) }
    self.kind = kind
    isUsable = kind != .minibatch || input.fisherRows.count >= 3
    damping = options.damping
    isSketched = input.sketch != nil
    if isSketched { try Self.requireDiagonal(options.damping) }
    settledDamping = try Self.settle(options.damping)
    workerCount = options.workerCount ?? Machine.processorCount
    memoryBound = options.memoryBound ?? Machine.physicalMemory / 4
    keepsArrays = options.keepsArrays
    findsSupport = options.findsSupport
    progress = options.progress

    let (factors, isUsable, workerCount) = (factors, isUsable, workerCount)
    let asked = options.measures ?? (isSketched ? Measures.all.subtracting([.fisher, .parameters]) : .all)
    func problem(_ bound: Int) -> ProblemSize {
      ProblemSize(
        input, factors: isUsable ? factors : nil, damping: options.damping, measures: asked,
        workerCount: workerCount, memoryBound: bound, precision: options.precision)
    }
    let size = problem(memoryBound)
    let chosen = try SolverCosts.choose(options.solver, among: work.solvers, memoryBound: memoryBound, size: problem)
    let isOptional = options.measures == nil || options.leavesOutUnreachable
    let choice = SolverCosts(size).withParameters(chosen, work, isOptional: isOptional)
    solver = choice.solver
    precision = size.isDouble ? .float64 : .float32
    blockWidth = size.blockWidth
    tensorRoom = max(0, memoryBound - choice.peak) / 2
    canUseGram = !chosen.impossible.contains { $0.measure == .heldOut }
    let affordable = choice.withoutRaw(isSketched).affordable(
      explicit: options.measures, optional: options.leavesOutUnreachable ? .parameters : [])
    measures = affordable.measures
    summary = PlanSummary(
      fisher: kind, solver: solver, reason: choice.reason, precision: precision, workerCount: workerCount,
      blockWidth: blockWidth, bytesToRead: choice.bytesToRead, bytesPerIteration: choice.bytesPerIteration,
      expectedPeak: choice.peak, memoryBound: memoryBound, kernel: PlanSummary.kernel(for: precision),
      skipped: affordable.skipped, iterations: nil, residual: nil)
    if size.usesTiles && allowsTiles(input) { precision = .bfloat16 }
    if let settled = work.precision { precision = settled }
    summary.precision = solver == .primal ? .float64 : precision
    summary.kernel = PlanSummary.kernel(for: summary.precision)
    if !options.leavesOutUnreachable { try affordable.requireAsked(options.measures) }
  }

  private static func settle(_ damping: Damping) throws(AuditError) -> ResolvedDamping? {
    switch damping {
    case .auto: return nil
    case .none: return ResolvedDamping(kind: .none, weight: nil)
    case .diagonal(let weight), .identity(let weight):
      guard weight > 0, weight <= 1 else { throw .weightOutOfRange(weight) }
      if case .identity = damping { return ResolvedDamping(kind: .identity, weight: weight) }
      return ResolvedDamping(kind: .diagonal, weight: weight)
    }
  }

  private static func requireDiagonal(_ damping: Damping) throws(AuditError) {
    switch damping {
    case .auto, .diagonal: break
    case .identity: throw .sketched("identity damping needs them as they were, so use diagonal")
    case .none: throw .sketched("without damping what the sketch adds cannot be told from them, so use diagonal")
    }
  }

  /// How a pass reads columns.
  var pass: GramPass.Settings {
    GramPass.Settings(blockWidth: blockWidth, workerCount: workerCount, memoryBound: memoryBound, progress: progress)
  }

  /// The same for other measures, whatever they cost.
  func asking(_ measures: Measures) -> AuditPlan {
    var plan = self
    plan.measures = measures
    return plan
  }

  /// The same with the weight of `auto` found.
  func settled(_ damping: ResolvedDamping) -> AuditPlan {
    var plan = self
    plan.settledDamping = damping
    return plan
  }

  /// Whether more is asked of the factors' inner products than Q at one ρ.
  var needsSpectrum: Bool {
    !measures.isDisjoint(with: [.heldOut, .path, .fisher, .estimate]) || keepsArrays || damping == .none || isSketched
  }

  /// Whether bfloat16 products have the digits: for Q at one ρ from factor rows. What comes of eigenvalues near
  /// ``RangeCoordinates/relativeCut``, of single tensors, of pairs of groups, or of variances times b takes
  /// float32.
  private func allowsTiles(_ input: AuditInput) -> Bool {
    solver == .gram && isUsable && factors != nil && !needsSpectrum && !measures.contains(.tensors)
      && input.layout == nil
  }

  /// Groups of factor rows, or of gradients for `minibatch`, for the weight of `auto`; nil where it is not asked for.
  func groups(_ input: AuditInput) -> [[Int]]? {
    guard settledDamping == nil, isUsable else { return nil }
    guard let factors else { return input.fisherRows.map { [$0] } }
    return FactorGroups.forShrinkage(factors.minibatches, factorCount: factors.rows.rowCount)
  }

  /// Groups of factor rows for telling columns that few minibatches make; nil where nothing depends on it.
  var minibatchGroups: [[Int]]? {
    guard measures.contains(.estimate), isUsable, settledDamping?.kind != .identity, !isSketched, let factors else {
      return nil
    }
    return factors.minibatches.map { FactorGroups.forShrinkage($0, factorCount: factors.rows.rowCount) }
  }

  /// The rows that an audit of `input` reads.
  func sources(_ input: AuditInput) -> [any ColumnBlocks] {
    [input.gradients] + (isUsable ? factors.map { [$0.rows] } ?? [] : []) + (input.sketch.map { [$0.gradients] } ?? [])
  }

  /// The rows that the Fisher is made of: factors, or for `minibatch` gradients.
  func fisherRows(_ input: AuditInput) -> any ColumnBlocks {
    factors?.rows ?? SelectedRows(Array(input.fisherRows), of: input.gradients)
  }

  /// The pass beside θ.
  func parameterPass(_ input: AuditInput) -> ParameterPass {
    ParameterPass(
      input: input, factors: factors?.rows, hasFisher: isUsable, workerCount: workerCount,
      pieceCount: ParameterPass.pieceCount(memoryBound: memoryBound))
  }

  /// What a pass over column blocks has to form.
  func request(_ input: AuditInput) -> GramRequest {
    let rows = isUsable ? factors?.rows : nil
    var request = GramRequest(
      gradients: input.gradients, factors: rows, referenceCount: input.referenceRows.count,
      fisherRows: input.fisherRows, batchSize: input.fisherBatchSize, isWhitened: isUsable,
      isRaw: settledDamping?.kind == .identity && isUsable, hasRawFactors: rows != nil && measures.contains(.fisher),
      groups: isSketched ? nil : groups(input) ?? minibatchGroups)
    request.hasUnitDiagonal = isSketched
    if measures.contains(.tensors), let rows, settledDamping?.kind != ResolvedDamping.Kind.none {
      request.keptColumnLimit = min(rows.rowCount - 1, blockWidth / 2 - 1)
    }
    return request
  }

  /// What conjugate gradients need of one pass: the gradients' products with all rows and the lengths of factor rows.
  func spanRequest(_ input: AuditInput) -> GramRequest {
    var request = request(input)
    request.hasRawFactors = false
    request.keptColumnLimit = 0
    request.tile = 0..<input.gradients.rowCount
    return request
  }

  /// The raw gradients of sketched rows alone.
  func rawRequest(_ input: AuditInput) -> GramRequest {
    GramRequest(
      gradients: input.gradients, factors: nil, referenceCount: input.referenceRows.count,
      fisherRows: input.fisherRows, batchSize: input.fisherBatchSize, isWhitened: false, isRaw: false,
      hasRawFactors: false)
  }

  /// Q of tensor `tensor` from its sums; `damping` nil where there is no usable Fisher.
  func products(
    _ sums: GramSums, _ input: AuditInput, tensor: Int, damping: ResolvedDamping?
  ) -> TensorProducts {
    let kl = damping.flatMap { damping in
      isUsable && !sums.isUnusable
        ? TensorSolve.innerProducts(
          sums, damping: damping, factorCount: factors?.rows.rowCount ?? 0, fisherRows: input.fisherRows,
          batchSize: input.fisherBatchSize,
          correction: input.sketchCorrection(ofTensor: tensor)) : nil
    }
    return TensorProducts(
      gradients: sums.gradients, isNonzero: sums.columnSums.isNonzero, touchedCount: sums.columnSums.touchedCount,
      kl: kl)
  }
}
