internal import Checkpoint
internal import Dispatch
internal import Synchronization

/// Streams column blocks of [G; S] through workers and adds up their products.
enum GramPass {
  /// The sums over each of `tensors`, handed to `finish` in order as each is complete.
  ///
  /// Products are formed in `Scalar`, totals in double, added in the order of the blocks: the sums do not depend on
  /// `workerCount`.
  static func run<Scalar: WorkingScalar>(
    _ request: GramRequest, over tensors: [Range<Int>], width: Int, workerCount: Int, in scalar: Scalar.Type,
    finish: (_ tensor: Int, GramSums) -> Void
  ) throws(CheckpointError) {
    let blocks = ColumnBlock.blocks(of: tensors, width: width)
    let width = blocks.map(\.columns.count).max() ?? 0
    let turnstile = Turnstile(count: blocks.count)
    let next = Atomic<Int>(0)
    let failure = Mutex<CheckpointError?>(nil)
    let state = Mutex(GramSums(request))
    let done = Mutex<[(Int, GramSums)]>([])

    DispatchQueue.concurrentPerform(iterations: max(1, min(workerCount, blocks.count))) { _ in
      let worker = BlockWorker<Scalar>(request, width: width)
      while true {
        let index = next.add(1, ordering: .relaxed).oldValue
        guard index < blocks.count else { return }
        let block = blocks[index]
        var isRead = failure.withLock { $0 == nil }
        if isRead {
          do throws(CheckpointError) {
            try worker.process(block.columns)
          } catch {
            isRead = false
            failure.withLock { $0 = $0 ?? error }
          }
        }
        turnstile.pass(index) {
          guard isRead else { return }
          let isLast = index + 1 == blocks.count || blocks[index + 1].tensor != block.tensor
          let sums = state.withLock { totals -> GramSums? in
            worker.commit(to: &totals)
            guard isLast else { return nil }
            let sums = totals
            totals = GramSums(request)
            return sums
          }
          if let sums { done.withLock { $0.append((block.tensor, sums)) } }
        }
      }
    }
    if let error = failure.withLock({ $0 }) { throw error }
    for (tensor, var sums) in done.withLock({ $0 }) {
      sums.symmetrize()
      finish(tensor, sums)
    }
  }
}
