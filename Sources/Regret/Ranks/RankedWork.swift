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
      request, over: parts, isVerified: isVerified, isDouble: isDouble, blockWidth: plan.blockWidth)
    let bytes = ProgressMeter.byteCount(request, parts)
    let results = try perform(.sums(order), bytes: bytes) { part, sums in finish(part, sums.value.completed()) }
    var total = GramAccumulator(request.shape)
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
    var total = MatrixAccumulator(vectors.rowCount, vectors.columnCount)
    for case .images(let own) in try perform(.images(ProductOrder(product, vectors))) { total.add(own) }
    return total.value
  }

  func parameters(_ pass: ParameterPass) throws -> ParameterSums {
    var total = ParameterSums(pass.shape)
    for case .parameters(let own) in try perform(.parameters(ParameterOrder(pass))) { total.add(own) }
    return total
  }

  func moments(
    of minibatches: [Int], _ gradients: any ColumnBlocks, _ factors: FactorRows
  ) throws -> [EmpiricalMean.Moments] {
    var total = [EmpiricalMean.Moments](repeating: EmpiricalMean.Moments(), count: minibatches.count)
    for case .moments(let own) in try perform(.moments(minibatches: minibatches)) {
      for place in total.indices { total[place] = total[place] + own[place] }
    }
    return total
  }

  func areEqual(_ first: Int, _ second: Int, in gradients: any ColumnBlocks) throws -> Bool {
    try EqualRows.areEqual(first, second, in: gradients)
  }

  /// Has all ranks do what `order` asks for, for which they read so many `bytes`, and returns their results in the order of
  /// ranks; `finish` has the sums of parts that lie with one rank.
  private func perform(
    _ order: RankOrder, bytes: Int = 0,
    finish: @escaping @Sendable (_ part: Int, GramAccumulator) -> Void = { _, _ in }
  ) throws -> [RankResult] {
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
    while !waiting.isEmpty || own.result == nil {
      try own.check()
      progress?(min(bytes, others + own.byteCount), bytes)
      guard let (rank, message) = try next() else { continue }
      switch message {
      case .progress(let count): others += count
      case .done: waiting.remove(rank)
      case .part(let part, let keptCount, let numbers):
        let shape = order.shape(columns.input).tensor(keptCount: keptCount)
        guard let sums = GramAccumulator(shape, numbers: numbers) else { throw Self.wrongShape(rank) }
        room.wait()
        DispatchQueue.global().async(group: finishing) {
          finish(part, sums)
          room.signal()
        }
      default: throw RankFailure("rank \(rank): it sent what nobody asked for")
      }
    }
    try own.check()
    finishing.wait()
    var results = [try own.result!.get()]
    for rank in 1..<link.count {
      link.send(RankMessage.hand.bytes, to: rank)
      results.append(try handed(by: rank, order))
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

  /// What `rank` hands over as its result of `order`.
  private func handed(by rank: Int, _ order: RankOrder) throws -> RankResult {
    while true {
      guard let (from, message) = try next() else { continue }
      if case .progress = message { continue }
      guard from == rank, case .total(let numbers, let cut) = message else {
        throw RankFailure("rank \(from): it sent what nobody asked for")
      }
      guard let result = RankResult(numbers, cut: cut, of: order, columns.input) else { throw Self.wrongShape(rank) }
      return result
    }
  }

  private static func wrongShape(_ rank: Int) -> RankFailure {
    RankFailure("rank \(rank): it sent sums of another shape")
  }

  /// Rank 0's own share, worked at while others are listened to.
  private final class OwnShare: Sendable {
    private let state = Mutex<(result: Result<RankResult, any Error>?, byteCount: Int)>((nil, 0))

    /// What came of it; nil while it is not done.
    var result: Result<RankResult, any Error>? { state.withLock { $0.result } }
    /// Bytes that it has read.
    var byteCount: Int { state.withLock { $0.byteCount } }

    func advance(to byteCount: Int) { state.withLock { $0.byteCount = max($0.byteCount, byteCount) } }

    func begin(_ work: @escaping @Sendable (OwnShare) throws -> RankResult) {
      DispatchQueue.global().async { [self] in
        let result = Result { try work(self) }
        state.withLock { $0.result = result }
      }
    }

    /// Throws where it has failed.
    func check() throws {
      if case .failure(let error)? = result { throw RankFailure("rank 0: \(error)") }
    }
  }
}
