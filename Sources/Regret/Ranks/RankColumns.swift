internal import Checkpoint
internal import Synchronization

/// One rank's part of the work: the columns of its share.
struct RankColumns: Sendable {
  let input: AuditInput
  let share: ColumnShare
  let workerCount: Int

  private var columns: Range<Int> { share.columns(of: input.gradients.tiles) }

  /// Does what `order` asks for; `finish` has the sums of each part that no other rank has columns of, from any thread.
  func perform(
    _ order: RankOrder, progress: (@Sendable (_ done: Int, _ total: Int) -> Void)?,
    finish: @escaping @Sendable (_ part: Int, GramAccumulator) -> Void
  ) throws -> RankResult {
    switch order {
    case .sums(let order):
      return order.isDouble
        ? try sums(order, progress, finish, in: Double.self) : try sums(order, progress, finish, in: Float.self)
    case .images(let order):
      let (product, vectors) = order.product(input, workerCount: workerCount)
      return .images(try product.read(vectors, within: columns))
    case .parameters(let order):
      return .parameters(try order.pass(input, workerCount: workerCount).sums(within: columns))
    case .moments(let minibatches):
      let empirical = input.factors.first { $0.kind == .empirical }!
      return .moments(try EmpiricalMean.moments(of: minibatches, input.gradients, empirical, columns))
    }
  }

  private func sums<Scalar: WorkingScalar>(
    _ order: PassOrder, _ progress: (@Sendable (Int, Int) -> Void)?,
    _ finish: @escaping @Sendable (Int, GramAccumulator) -> Void, in scalar: Scalar.Type
  ) throws -> RankResult {
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
    // What is not finite is found by whoever has read it.
    if total.isOutOfRange { try RowScan.requireFinite(request.sources, within: columns) }
    return .sums(total, cut: cut.withLock { $0 })
  }
}
