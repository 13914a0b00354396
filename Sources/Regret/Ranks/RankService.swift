internal import Checkpoint
internal import Synchronization

/// What every rank but 0 does: its share of whatever rank 0 asks for.
public struct RankService {
  private let link: any RankLink
  private let workerCount: Int
  private let options: AuditOptions
  private let open: (String) throws -> (AuditInput, contents: UInt64)

  /// Rows are those that `open` finds in a file, with a hash of all that is in it; `options` are rank 0's.
  public init(
    _ link: any RankLink, options: AuditOptions, workerCount: Int,
    open: @escaping (String) throws -> (AuditInput, contents: UInt64)
  ) {
    self.link = link
    self.options = options
    self.workerCount = workerCount
    self.open = open
  }

  /// Serves until rank 0 says that nothing is left to do. What fails here is told to rank 0, which ends all.
  public func run() {
    BLAS.useOneThread()
    var columns: RankColumns?
    var done: RankMessage?
    var hasFailed = false
    while true {
      guard let (_, bytes) = link.receive(within: 1), let message = RankMessage(bytes) else { continue }
      // Until rank 0 has heard of it there may be more to be asked.
      if hasFailed {
        if case .end = message { return }
        continue
      }
      do {
        switch message {
        case .end: return
        case .open(let file, let expected):
          let (input, contents) = try open(file)
          guard contents == expected else { throw RankFailure("\(file): it is another file here than on rank 0") }
          columns = try RankColumns(input, options, link, workerCount: workerCount)
        case .work(let order):
          guard let columns else { throw RankFailure("no file is open") }
          done = try perform(order, columns).message(of: order, columns.input)
          link.send(RankMessage.done.bytes, to: 0)
        case .hand:
          if let done { link.send(done.bytes, to: 0) }
          done = nil
        default: break
        }
      } catch {
        hasFailed = true
        link.send(RankMessage.failure("\(error)").bytes, to: 0)
      }
    }
  }

  private func perform(_ order: RankOrder, _ columns: RankColumns) throws -> RankResult {
    let told = Mutex(0)
    let link = link
    return try columns.perform(order) { done, total in
      let more = told.withLock { told -> Int in
        // A hundred words a pass are enough.
        guard done - told > total / 100 || done == total else { return 0 }
        defer { told = max(told, done) }
        return max(0, done - told)
      }
      if more > 0 { link.send(RankMessage.progress(more).bytes, to: 0) }
    } finish: { part, sums in
      let kept = sums.keptCount
      let numbers = sums.numbers(order.shape(columns.input).tensor(keptCount: kept))
      link.send(RankMessage.part(part, keptCount: kept, numbers).bytes, to: 0)
    }
  }
}

extension RankColumns {
  /// The share of rank `link` of the rows that an audit of `input` with `options` reads.
  init(_ input: AuditInput, _ options: AuditOptions, _ link: any RankLink, workerCount: Int) throws {
    let share = ColumnShare(link.rank + 1, of: link.count)!
    self.init(
      input: try input.arranged(reference: options.reference, fisher: options.fisherGroup)
        .checkingOtherTiles(startingIn: share.columns(of: input.gradients.tiles)),
      share: share, workerCount: workerCount)
  }
}

extension Audit {
  /// The audit of `input`, the rows of `file`, whose columns the ranks of `link` share out; on rank 0. `contents` is the hash
  /// of all that is in the file, by which they know that they read the same.
  ///
  /// Throws ``RankFailure`` where another rank, or this one while others are at work, has failed: none can go on.
  public init(
    of input: AuditInput, file: String, contents: UInt64, options: AuditOptions, ranks link: any RankLink,
    workerCount: Int
  ) throws {
    guard link.count > 1 else {
      try self.init(of: input, options: options)
      return
    }
    let columns = try RankColumns(input, options, link, workerCount: workerCount)
    for rank in 1..<link.count { link.send(RankMessage.open(file: file, contents: contents).bytes, to: rank) }
    let work = RankedWork(link: link, columns: columns, progress: options.progress)
    try self.init(of: input, options: options, work: work)
  }
}

extension RankLink {
  /// Tells all other ranks that nothing is left to do.
  public func endAll() {
    for rank in 1..<max(1, count) { send(RankMessage.end.bytes, to: rank) }
  }
}
