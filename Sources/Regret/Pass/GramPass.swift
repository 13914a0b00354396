internal import Checkpoint
internal import Synchronization

/// Streams column blocks of [G; S] through workers and adds up their products.
enum GramPass {
  /// The sums over all of `parts`, as ``ColumnWork/sums(_:over:plan:isVerified:in:finish:)`` has them.
  static func run<Scalar: WorkingScalar>(
    _ request: GramRequest, over parts: [Range<Int>], plan: AuditPlan, isVerified: Bool = false,
    in scalar: Scalar.Type,
    finish: @escaping @Sendable (_ part: Int, GramSums) -> Void = { _, _ in }
  ) throws -> GramSums {
    var total = try plan.work.sums(
      request, over: parts, plan: plan, isVerified: isVerified, isDouble: Scalar.self == Double.self, finish: finish)
    total.checkRange(of: Scalar.self, onTiles: request.usesTiles)
    return total
  }

  /// How columns are read, which sums do not depend on but for ``blockWidth``.
  struct Settings: Sendable {
    /// The most columns that a worker holds at once.
    var blockWidth: Int
    var workerCount: Int
    /// The bound on all memory [bytes], a part of which sums may take.
    var memoryBound = 0
    var progress: (@Sendable (_ done: Int, _ total: Int) -> Void)?
  }

  /// Reads the columns of `parts` that are within `share`, whole tiles, and returns their sums; `finish` has those of each part that has columns there.
  ///
  /// Products are formed in `Scalar`, totals in double, with what rounding leaves: they do not depend on the number of
  /// workers, nor on how columns are shared. Blocks are cut as if all were read, so that sums over shares add up to those over all.
  static func read<Scalar: WorkingScalar>(
    _ request: GramRequest, over parts: [Range<Int>], within share: Range<Int>? = nil, _ settings: Settings,
    isVerified: Bool, in scalar: Scalar.Type,
    finish: @escaping @Sendable (_ part: Int, GramAccumulator) -> Void = { _, _ in }
  ) throws(CheckpointError) -> GramAccumulator {
    let all = ColumnBlock.blocks(of: parts, tiles: request.gradients.tiles, piece: settings.blockWidth)
    let blocks = all.filter { share?.contains($0.columns.lowerBound) ?? true }
    let width = min(settings.blockWidth, blocks.map(\.columns.count).max() ?? 0)
    let sumsCount = SharedAccumulator.count(
      byteCount: SharedAccumulator.byteCount(request.shape), workerCount: settings.workerCount,
      memoryBound: settings.memoryBound)
    let total = SharedAccumulator(request.shape, count: sumsCount)
    // Parts that are begun, with how many of their blocks are not in.
    let waiting = Mutex<[Int: (sums: SharedAccumulator, blockCount: Int)]>([:])
    let blockCounts = Dictionary(blocks.map { ($0.tensor, 1) }, uniquingKeysWith: +)
    let isSplit = parts.count > 1
    let meter = ProgressMeter(request, blocks.map(\.columns), settings.progress)

    let verifier = isVerified ? TileVerifier(request, blocks) : nil

    // Sums are added by whoever made them, beside others, since they do not depend on the order: no result waits.
    try OrderedWork.run(count: blocks.count, workerCount: settings.workerCount, waitingCount: blocks.count) {
      BlockWorker<Scalar>(request, width: width)
    } process: { worker, index throws(CheckpointError) in
      let hashes = verifier?.take(index)
      let part = blocks[index].tensor
      try worker.process(blocks[index].columns, isWhole: blocks[index].columns == parts[part], hashes: hashes) {
        () throws(CheckpointError) in
        if let hashes { try verifier?.put(index, hashes) }
      }
      meter.add(columns: blocks[index].columns.count)
      guard isSplit else { return total.add(worker.sums) }
      let begun = waiting.withLock { waiting in
        let begun = waiting[part]?.sums ?? SharedAccumulator(request.shape, count: sumsCount)
        if waiting[part] == nil { waiting[part] = (begun, blockCounts[part]!) }
        return begun
      }
      begun.add(worker.sums)
      let isComplete = waiting.withLock { waiting in
        waiting[part]!.blockCount -= 1
        guard waiting[part]!.blockCount == 0 else { return false }
        waiting[part] = nil
        return true
      }
      guard isComplete else { return }
      let complete = begun.takeTotal()
      total.add(complete)
      finish(part, complete)
    } skip: { index in
      verifier?.skip(index)
    } commit: { _, _ in
      nil
    }
    let sums = total.takeTotal()
    if !isSplit, !blocks.isEmpty { finish(0, sums) }
    return sums
  }
}
