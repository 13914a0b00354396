internal import Checkpoint
internal import CheckpointHDF5

#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

/// One thing that the writing thread has to do.
enum WritingJob: Sendable {
  /// Rows of a known number follow. `time` is when that was asked for.
  case begin(CheckpointHeader, path: String, time: Double)
  /// Row `index` of a block.
  case row([Float], index: Int, RowBlock)
  /// All rows are there, of a sketch with their squares.
  case finish(losses: [Double], CheckpointSquares?, time: Double)
  /// The next row of a block of which nobody knows yet how many it will have.
  case spool([Float], RowBlock, ElementType, directory: String)
  /// All spooled rows are there, as many as the header says.
  case finishSpooled(
    CheckpointHeader, path: String, losses: [Double], CheckpointSquares?, KeptRows, time: Double)
  /// No more rows will come for the checkpoint under way, which is given up.
  case abandon(path: String)
  /// Nothing more will come.
  case stop
}

/// Puts checkpoints together from jobs, one at a time. After a failure the rest of that checkpoint is let go, and the
/// next is tried again.
///
/// Numbers in a run are given when a file is published: a gap in them means that a published file is missing.
struct CheckpointAssembler: ~Copyable {
  private var sequence: Int
  private let operations: FileOperations
  private let publisher: ShardPublisher?
  /// The checkpoint under way, of which this process writes a shard.
  private var sharded: (header: CheckpointHeader, path: String, session: ShardSession)?
  /// When a rank was last waited for in vain.
  private var missedAt = -Double.infinity
  private var writer: CheckpointWriter?
  private var spools: [RowBlock: Spool] = [:]
  private var hasFailed = false

  init(sequence: Int, operations: FileOperations, publisher: ShardPublisher? = nil) {
    self.sequence = sequence
    self.operations = operations
    self.publisher = publisher
  }

  /// Does `job`; returns its row's buffer to be filled again, and what went wrong.
  mutating func perform(_ job: consuming WritingJob) -> (buffer: [Float]?, failure: CheckpointError?) {
    switch consume job {
    case .begin(let header, let path, let time):
      return (nil, attempt { (assembler) throws(CheckpointError) in try assembler.begin(header, path, time) })
    case .row(let numbers, let index, let block):
      return (
        numbers,
        attempt { (assembler) throws(CheckpointError) in try assembler.writer?.write(numbers.span, at: index, of: block)
        }
      )
    case .spool(let numbers, let block, let type, let directory):
      return (
        numbers,
        attempt { (assembler) throws(CheckpointError) in
          try assembler.spool(numbers, block, type, directory)
        }
      )
    case .finish(let losses, let squares, let time):
      let failure = attempt { (assembler) throws(CheckpointError) in try assembler.publish(losses, squares, time) }
      reset()
      return (nil, failure)
    case .finishSpooled(let header, let path, let losses, let squares, let kept, let time):
      let failure = attempt { (assembler) throws(CheckpointError) in
        try assembler.finishSpooled(header, path, losses, squares, kept, time)
      }
      reset()
      return (nil, failure)
    case .abandon(let path):
      giveUp(path, because: "its capture failed")
      reset()
      return (nil, nil)
    case .stop:
      reset()
      return (nil, nil)
    }
  }

  private mutating func attempt(
    _ body: (inout CheckpointAssembler) throws(CheckpointError) -> Void
  ) -> CheckpointError? {
    guard !hasFailed else { return nil }
    do throws(CheckpointError) {
      try body(&self)
      return nil
    } catch {
      writer = nil
      spools = [:]
      hasFailed = true
      if case .missingRanks = error.cause { missedAt = monotonicSeconds() }
      if let sharded { giveUp(sharded.path, because: "\(error.cause)") }
      return error
    }
  }

  private mutating func reset() {
    writer = nil
    spools = [:]
    sharded = nil
    hasFailed = false
  }

  /// How long other ranks are waited for in a checkpoint captured at `time`: not once more for those that waited in line while one
  /// was waited for in vain.
  private func waiting(since time: Double) -> Waiting {
    Waiting(seconds: time < missedAt ? 0 : publisher?.seconds ?? 0)
  }

  /// Tells other ranks, if there are any, not to wait.
  private func giveUp(_ path: String, because reason: String) {
    guard let publisher, let session = sharded?.session ?? ShardSession.current(in: publisher.directory) else { return }
    publisher.giveUp(path, session: session, because: reason)
  }

  private mutating func begin(_ header: CheckpointHeader, _ path: String, _ time: Double) throws(CheckpointError) {
    var header = header
    header.sequence = sequence
    guard let publisher else {
      header.sketch?.pilot = "\(header.run)/\(header.step)"
      writer = try CheckpointWriter(header, to: path, operations: operations)
      return
    }
    let session: ShardSession
    if let known = sharded?.session { session = known } else { session = try publisher.session(waiting(since: time)) }
    // Rank 0 may have begun anew since.
    header.run = session.run
    header.sketch?.pilot = "\(header.run)/\(header.step)"
    sharded = (header, path, session)
    writer = try CheckpointWriter(header, to: publisher.place(for: path), operations: operations)
  }

  private mutating func publish(
    _ losses: [Double], _ squares: CheckpointSquares?, _ time: Double
  ) throws(CheckpointError) {
    guard let finished = writer.take() else { return }
    if let publisher, let sharded {
      // A file whose directory alone could not be made to last has its name and number all the same.
      defer { if access(sharded.path, F_OK) == 0 { sequence += 1 } }
      let stored = try finished.finishShard()
      return try publisher.publish(
        stored, of: sharded.header, losses: losses, squares: squares, at: sharded.path, session: sharded.session,
        sequence: sequence, waiting(since: time))
    }
    let path = finished.path
    // A file whose directory alone could not be made to last has its name and number all the same.
    defer { if access(path, F_OK) == 0 { sequence += 1 } }
    try finished.finish(losses: losses, squares: squares)
  }

  /// Copies what was spooled into its file: of a shard the rows that all ranks have kept.
  private mutating func finishSpooled(
    _ header: CheckpointHeader, _ path: String, _ losses: [Double], _ squares: CheckpointSquares?, _ own: KeptRows,
    _ time: Double
  ) throws(CheckpointError) {
    var kept = own
    if let publisher {
      let session = try publisher.session(waiting(since: time))
      sharded = (header, path, session)
      kept = try publisher.agree(on: own, at: path, session: session, waiting(since: time))
    }
    let places = own.places(of: kept)
    try begin(header.keeping(kept, of: own), path, time)
    for (block, spool) in spools where places[block]?.isEmpty != true {
      try spool.copy(to: &writer!, as: block, rows: places[block])
    }
    try publish(places[.gradients]!.map { losses[$0] }, squares?.selecting(places), time)
  }

  private mutating func spool(
    _ numbers: [Float], _ block: RowBlock, _ type: ElementType, _ directory: String
  ) throws(CheckpointError) {
    if spools[block] == nil {
      spools[block] = Spool(
        try RowSpool(columnCount: numbers.count, elementType: type, in: directory, operations: operations))
    }
    try spools[block]!.rows.append(numbers.span)
  }
}

/// A spool that a dictionary can hold.
private final class Spool {
  var rows: RowSpool

  init(_ rows: consuming RowSpool) { self.rows = rows }

  func copy(to writer: inout CheckpointWriter, as block: RowBlock, rows places: [Int]?) throws(CheckpointError) {
    try rows.copy(to: &writer, as: block, rows: places)
  }
}
