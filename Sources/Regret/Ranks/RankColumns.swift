internal import Checkpoint
internal import Synchronization

/// One rank's part of the work: the columns of its share.
struct RankColumns: Sendable {
  let input: AuditInput
  let share: ColumnShare
  let workerCount: Int

  /// What one rank's columns add up to.
  enum Result {
    /// Sums of ``SumsShape`` over its columns, and those over parts that it shares with other ranks.
    case sums(GramAccumulator, cut: [(part: Int, sums: GramAccumulator)])
    case images(MatrixAccumulator)
    case moments([EmpiricalMean.Moments])
  }

  private var columns: Range<Int> { share.columns(of: input.gradients.tiles) }

  /// Does what `order` asks for; `finish` has the sums of each part that no other rank has columns of, from any thread.
  func perform(
    _ order: RankOrder, progress: (@Sendable (_ done: Int, _ total: Int) -> Void)?,
    finish: @escaping @Sendable (_ part: Int, GramAccumulator) -> Void
  ) throws -> Result {
    switch order {
    case .sums(let order):
      return order.isDouble
        ? try sums(order, progress, finish, in: Double.self) : try sums(order, progress, finish, in: Float.self)
    case .images(let order):
      var vectors = Matrix(order.rowCount, order.vectors.count / max(1, order.rowCount))
      vectors.elements = order.vectors
      let product = FactorProduct(
        factors: input.factors[order.fisher.place!].rows, columns: order.columns, isNormalized: order.isNormalized,
        scale: 1, width: order.width, workerCount: workerCount, isDouble: order.isDouble)
      return .images(try product.read(vectors, within: columns))
    case .moments(let minibatches):
      let empirical = input.factors.first { $0.kind == .empirical }!
      return .moments(try EmpiricalMean.moments(of: minibatches, input.gradients, empirical, columns))
    }
  }

  private func sums<Scalar: WorkingScalar>(
    _ order: PassOrder, _ progress: (@Sendable (Int, Int) -> Void)?,
    _ finish: @escaping @Sendable (Int, GramAccumulator) -> Void, in scalar: Scalar.Type
  ) throws -> Result {
    let request = order.request(input)
    let columns = columns
    let cut = Mutex<[(part: Int, sums: GramAccumulator)]>([])
    let settings = GramPass.Settings(blockWidth: order.blockWidth, workerCount: workerCount, progress: progress)
    let total = try GramPass.read(
      request, over: order.parts, within: columns, settings, isVerified: order.isVerified, in: scalar
    ) { part, sums in
      // Where there is one part, its sums are the total.
      guard order.parts.count > 1 else { return }
      if columns.contains(order.parts[part]) { finish(part, sums) } else { cut.withLock { $0.append((part, sums)) } }
    }
    let value = total.value
    if value.columnSums.isOutOfRange {
      // What is not finite is found by whoever has read it.
      try RowScan.requireFinite(
        ([request.gradients] + (request.factors.map { [$0] } ?? [])).map { SelectedColumns([columns], of: $0) })
    }
    return .sums(total, cut: cut.withLock { $0 })
  }
}

extension PassOrder {
  /// What `request` asks for, over `parts`.
  init(
    _ request: GramRequest, _ fisher: FisherSelection, over parts: [Range<Int>], isVerified: Bool, isDouble: Bool,
    blockWidth: Int
  ) {
    self.init(
      fisher: fisher, isWhitened: request.isWhitened, isRaw: request.isRaw, hasRawFactors: request.hasRawFactors,
      tile: request.tile, groups: request.groups, usesTiles: request.usesTiles,
      keptColumnLimit: request.keptColumnLimit, parts: parts, isVerified: isVerified, isDouble: isDouble,
      blockWidth: blockWidth)
  }

  /// The same of the rows of `input`.
  func request(_ input: AuditInput) -> GramRequest {
    var request = GramRequest(
      gradients: input.gradients, factors: fisher.place.map { input.factors[$0].rows },
      referenceCount: input.referenceRows.count, fisherRows: input.fisherRows, batchSize: input.fisherBatchSize,
      isWhitened: isWhitened, isRaw: isRaw, hasRawFactors: hasRawFactors, tile: tile, groups: groups)
    request.usesTiles = usesTiles
    request.keptColumnLimit = keptColumnLimit
    return request
  }
}
