internal import Checkpoint
internal import Dispatch
internal import Synchronization

/// Streams column blocks of [G; S] through workers and adds up their products.
enum GramPass {
  /// The sums over all of `parts`, each of which is handed to `finish` when it is complete, from any worker.
  ///
  /// Products are formed in `Scalar`, totals in double, added in the order of the blocks: the sums do not depend on the
  /// number of workers.
  static func run<Scalar: WorkingScalar>(
    _ request: GramRequest, over parts: [Range<Int>], plan: AuditPlan, in scalar: Scalar.Type,
    finish: @Sendable (_ part: Int, GramSums) -> Void
  ) throws(CheckpointError) -> GramSums {
    let blocks = ColumnBlock.blocks(of: parts, width: plan.blockWidth)
    let width = blocks.map(\.columns.count).max() ?? 0
    let turnstile = Turnstile(count: blocks.count)
    let next = Atomic<Int>(0)
    let failure = Mutex<CheckpointError?>(nil)
    let state = Mutex((part: GramSums(request), total: GramSums(request)))
    let isSplit = parts.count > 1
    let meter = ProgressMeter(request, parts, plan.progress)

    BLAS.useOneThread()
    DispatchQueue.concurrentPerform(iterations: max(1, min(plan.workerCount, blocks.count))) { _ in
      let worker = BlockWorker<Scalar>(request, width: width)
      while true {
        let index = next.add(1, ordering: .relaxed).oldValue
        guard index < blocks.count else { return }
        let block = blocks[index]
        var isRead = failure.withLock { $0 == nil }
        if isRead {
          do throws(CheckpointError) {
            try worker.process(block.columns)
            meter.add(columns: block.columns.count)
          } catch {
            isRead = false
            failure.withLock { $0 = $0 ?? error }
          }
        }
        var complete: GramSums?
        turnstile.pass(index) {
          guard isRead else { return }
          let isLast = index + 1 == blocks.count || blocks[index + 1].tensor != block.tensor
          state.withLock { state in
            guard isSplit else { return worker.commit(to: &state.total) }
            worker.commit(to: &state.part)
            guard isLast else { return }
            state.total.add(state.part)
            complete = state.part
            state.part = GramSums(request)
          }
        }
        if var complete {
          complete.symmetrize()
          finish(block.tensor, complete)
        }
      }
    }
    if let error = failure.withLock({ $0 }) { throw error }
    var total = state.withLock { $0.total }
    total.symmetrize()
    if !isSplit, !blocks.isEmpty { finish(0, total) }
    return total
  }
}
