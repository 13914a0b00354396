internal import Checkpoint
internal import Dispatch
internal import Synchronization

/// Several ranks share out the columns; this is what rank 0 sees of it.
struct RankedWork: ColumnWork {
  let link: any RankLink
  let columns: RankColumns
  let progress: (@Sendable (Int, Int) -> Void)?

  var solvers: [SolverChoice] { [.gram, .primal, .cg] }
  var precision: ElementType? { nil }

  func sums(
    _ request: GramRequest, over parts: [Range<Int>], plan: AuditPlan, isVerified: Bool, isDouble: Bool,
    finish: @escaping @Sendable (_ part: Int, GramSums) -> Void
  ) throws -> GramSums {
    let order = PassOrder(
      request, selection(plan), over: parts, isVerified: isVerified, isDouble: isDouble,
      blockWidth: plan.blockWidth)
    let shape = request.shape
    let bytes = ProgressMeter.byteCount(request, parts)
    let results = try perform(.sums(order), shape, bytes: bytes) { part, sums in
      finish(part, sums.value.completed())
    }
    var total = GramAccumulator(shape)
    var cut: [Int: GramAccumulator] = [:]
    for case .sums(let own, let others) in results {
      total.add(own)
      for (part, sums) in others { if cut[part] == nil { cut[part] = sums } else { cut[part]!.add(sums) } }
    }
    for (part, sums) in cut.sorted(by: { $0.key < $1.key }) { finish(part, sums.value.completed()) }
    let sum = total.value.completed()
    if parts.count == 1, !parts[0].isEmpty { finish(0, sum) }
    return sum
  }

  func images(_ vectors: Matrix, by product: FactorProduct) throws -> Matrix {
    let order = ProductOrder(
      fisher: FisherSelection(place: columns.input.factors.firstIndex { $0.rows.name == product.factors.name }),
      columns: product.columns, isNormalized: product.isNormalized, width: product.width, isDouble: product.isDouble,
      rowCount: vectors.rowCount, vectors: vectors.elements)
    let shape = (vectors.rowCount, vectors.columnCount)
    var total = MatrixAccumulator(shape.0, shape.1)
    for case .images(let own) in try perform(.images(order), nil, bytes: 0, imagesOf: shape) { total.add(own) }
    return total.value
  }

  func moments(
    of minibatches: [Int], _ gradients: any ColumnBlocks, _ factors: FactorRows
  ) throws -> [EmpiricalMean.Moments] {
    var total = [EmpiricalMean.Moments](repeating: EmpiricalMean.Moments(), count: minibatches.count)
    for case .moments(let own) in try perform(.moments(minibatches: minibatches), nil, bytes: 0) {
      for place in total.indices { total[place] = total[place] + own[place] }
    }
    return total
  }

  func areEqual(_ first: Int, _ second: Int, in gradients: any ColumnBlocks) throws -> Bool {
    try EqualRows.areEqual(first, second, in: gradients)
  }

  private func selection(_ plan: AuditPlan) -> FisherSelection {
    FisherSelection(place: plan.isUsable ? columns.input.factors.firstIndex { $0.kind == plan.kind } : nil)
  }

  /// Has all ranks do what `order` asks for and returns their results in the order of ranks; `finish` has the sums of parts
  /// that lie with one rank.
  private func perform(
    _ order: RankOrder, _ shape: SumsShape?, bytes: Int, imagesOf extents: (Int, Int)? = nil,
    finish: @escaping @Sendable (_ part: Int, GramAccumulator) -> Void = { _, _ in }
  ) throws -> [RankColumns.Result] {
    for rank in 1..<link.count { link.send(RankMessage.work(order).bytes, to: rank) }
    let own = OwnShare()
    own.begin { [columns] own in
      try columns.perform(order, progress: { done, _ in own.advance(to: done) }, finish: finish)
    }
    // Parts that come from others are finished beside what this rank adds up itself.
    let finishing = DispatchGroup()
    let room = DispatchSemaphore(value: 0)
    for _ in 0..<(2 * columns.workerCount) { room.signal() }
    var others = 0
    var waiting = Set(1..<link.count)
    while !waiting.isEmpty || !own.isDone {
      if own.isDone, let error = own.error { throw RankFailure("rank 0: \(error)") }
      progress?(min(bytes, others + own.byteCount), bytes)
      guard let (rank, message) = try next() else { continue }
      switch message {
      case .progress(let count): others += count
      case .done: waiting.remove(rank)
      case .part(let part, let keptCount, let numbers):
        guard let sums = shape.flatMap({ GramAccumulator($0.tensor(keptCount: keptCount), numbers: numbers) }) else {
          throw RankFailure("rank \(rank): it sent sums of another shape")
        }
        room.wait()
        DispatchQueue.global().async(group: finishing) {
          finish(part, sums)
          room.signal()
        }
      default: throw RankFailure("rank \(rank): it sent what nobody asked for")
      }
    }
    if let error = own.error { throw RankFailure("rank 0: \(error)") }
    finishing.wait()
    var results = [own.result!]
    for rank in 1..<link.count {
      link.send(RankMessage.hand.bytes, to: rank)
      results.append(try handed(by: rank, shape, extents))
    }
    return results
  }

  /// The next message from any rank; throws where it tells of a failure.
  private func next() throws -> (Int, RankMessage)? {
    guard let (rank, bytes) = link.receive(within: 0.02) else { return nil }
    guard let message = RankMessage(bytes) else {
      throw RankFailure("rank \(rank): it sent something else than agreed")
    }
    if case .failure(let line) = message { throw RankFailure("rank \(rank): \(line)") }
    return (rank, message)
  }

  /// What `rank` hands over.
  private func handed(by rank: Int, _ shape: SumsShape?, _ extents: (Int, Int)?) throws -> RankColumns.Result {
    while true {
      guard let (from, message) = try next() else { continue }
      if case .progress = message { continue }
      guard from == rank, case .total(let numbers, let cut) = message else {
        throw RankFailure("rank \(from): it sent what nobody asked for")
      }
      func wrong() -> RankFailure { RankFailure("rank \(rank): it sent sums of another shape") }
      if let shape {
        guard let total = GramAccumulator(shape, numbers: numbers) else { throw wrong() }
        return .sums(
          total,
          cut: try cut.map { cut in
            guard let sums = GramAccumulator(shape.tensor(keptCount: 0), numbers: cut.numbers) else { throw wrong() }
            return (cut.part, sums)
          })
      }
      if let (rows, columns) = extents {
        guard let images = MatrixAccumulator(rows, columns, numbers: numbers) else { throw wrong() }
        return .images(images)
      }
      guard numbers.count % 3 == 0 else { throw wrong() }
      return .moments(
        stride(from: 0, to: numbers.count, by: 3).map {
          EmpiricalMean.Moments(own: numbers[$0], cross: numbers[$0 + 1], mean: numbers[$0 + 2])
        })
    }
  }

  /// Rank 0's own share, worked at while others are listened to.
  private final class OwnShare: Sendable {
    private struct State {
      var result: RankColumns.Result?
      var error: (any Error)?
      var byteCount = 0
    }

    private let state = Mutex(State())

    /// Bytes that it has read.
    var byteCount: Int { state.withLock { $0.byteCount } }
    var isDone: Bool { state.withLock { $0.result != nil || $0.error != nil } }
    var error: (any Error)? { state.withLock { $0.error } }
    var result: RankColumns.Result? { state.withLock { $0.result } }

    func advance(to byteCount: Int) { state.withLock { $0.byteCount = max($0.byteCount, byteCount) } }

    func begin(_ work: @escaping @Sendable (OwnShare) throws -> RankColumns.Result) {
      DispatchQueue.global().async { [self] in
        do {
          let result = try work(self)
          state.withLock { $0.result = result }
        } catch {
          state.withLock { $0.error = error }
        }
      }
    }
  }
}
