internal import Checkpoint
internal import Synchronization

/// Streams column blocks of [G; S] through workers and adds up their products.
enum GramPass {
  /// The sums over all of `parts`, each of which is handed to `finish` when it is complete, from any worker.
  ///
  /// Where `isVerified`, rows are checked against their checksums on the way; `parts` then cover all columns.
  ///
  /// Products are formed in `Scalar`, totals in double, added in the order of the blocks: the sums do not depend on the
  /// number of workers.
  static func run<Scalar: WorkingScalar>(
    _ request: GramRequest, over parts: [Range<Int>], plan: AuditPlan, isVerified: Bool = false,
    in scalar: Scalar.Type,
    finish: @escaping @Sendable (_ part: Int, GramSums) -> Void = { _, _ in }
  ) throws(CheckpointError) -> GramSums {
    let blocks = ColumnBlock.blocks(of: parts, tiles: request.gradients.tiles, piece: plan.blockWidth)
    let width = min(plan.blockWidth, blocks.map(\.columns.count).max() ?? 0)
    let state = Mutex((part: GramSums(request), total: GramSums(request)))
    let isSplit = parts.count > 1
    let meter = ProgressMeter(request, parts, plan.progress)

    let verifier = isVerified ? TileVerifier(request, blocks) : nil

    let waitingCount = OrderedWork.waitingCount(
      resultBytes: BlockSums<Scalar>.byteCount(request), workerCount: plan.workerCount)
    try OrderedWork.run(count: blocks.count, workerCount: plan.workerCount, waitingCount: waitingCount) {
      BlockWorker<Scalar>(request, width: width)
    } process: { worker, index throws(CheckpointError) in
      let hashes = verifier?.take(index)
      let isWhole = blocks[index].columns == parts[blocks[index].tensor]
      let sums = try worker.process(blocks[index].columns, isWhole: isWhole, hashes: hashes) {
        () throws(CheckpointError) in
        if let hashes { try verifier?.put(index, hashes) }
      }
      meter.add(columns: blocks[index].columns.count)
      return sums
    } skip: { index in
      verifier?.skip(index)
    } commit: { index, sums in
      state.withLock { state in
        guard isSplit else {
          sums.add(to: &state.total)
          return nil
        }
        sums.add(to: &state.part)
        let isLast = index + 1 == blocks.count || blocks[index + 1].tensor != blocks[index].tensor
        guard isLast else { return nil }
        state.total.add(state.part)
        var part = GramSums(request)
        swap(&part, &state.part)
        part.symmetrize()
        let complete = part
        return { finish(blocks[index].tensor, complete) }
      }
    }
    // Where it stands: it is large.
    let total = state.withLock { state in
      state.total.symmetrize()
      state.total.checkRange(of: Scalar.self, onTiles: request.usesTiles)
      return state.total
    }
    if !isSplit, !blocks.isEmpty { finish(0, total) }
    return total
  }
}
