internal import Checkpoint
internal import CheckpointHDF5

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

/// The directory of a run: created if it is not there, held against other recorders, and what it holds already.
struct RunDirectory: ~Copyable {
  /// The run that goes on, or a new one.
  let run: String
  /// The number of the next checkpoint.
  let nextSequence: Int
  /// What its last checkpoint tells of its name and configuration.
  let configuration: RunConfiguration
  /// Steps that earlier sessions of the run have recorded.
  let recordedSteps: Set<Int>
  /// The layout of their rows.
  let layout: RowLayout?
  private let lock: DirectoryLock?
  /// What rank 0 holds beside that, and another rank in its place.
  private let shardLock: ShardLock?
  /// What rank 0 has begun; nil for others.
  let session: ShardSession?

  /// Throws where the directory cannot be had, where another recorder is at work in it, and where it holds checkpoints
  /// but is not to be resumed.
  ///
  /// Rank 0 of a sharded run begins a session that the others join, which wait for it up to `seconds`.
  init(_ path: String, resume: Bool, shard: Shard? = nil, seconds: Double = 0) throws(CheckpointError) {
    try Self.make(path)
    let isFirst = shard?.rank ?? 0 == 0
    let lock = isFirst ? try DirectoryLock(path) : nil
    let names = try Self.names(in: path)
    let steps = names.compactMap(Self.step(of:)).sorted()
    guard steps.isEmpty || resume else { throw CheckpointError(file: path, cause: .holdsCheckpoints(steps.count)) }
    var joined: ShardSession?
    var shardLock: ShardLock?
    if let shard, !isFirst {
      shardLock = try ShardLock(rank: shard.rank, in: path)
      let session = try ShardSession.join(shard, in: path, Waiting(seconds: seconds))
      shardLock!.note(session)
      joined = session
    }
    // Of a writer that died: the lock says that none is alive.
    for name in names where isFirst && Self.isLeftover(name, among: names) {
      try? FileManager.default.removeItem(atPath: path + "/" + name)
    }
    var last: CheckpointDescription?
    for step in steps {
      let description = try CheckpointReader.describe(Self.file(of: step, in: path))
      if description.sequence >= last?.sequence ?? 0 { last = description }
    }
    let layout: RowLayout?
    do {
      // Which of the tensors are a shard's own, its next capture tells.
      layout = try (shard == nil ? last : nil).map {
        try RowLayout($0.tensors.map { TensorLayout($0.name, shape: $0.shape) })
      }
    } catch {
      throw CheckpointError(file: path, cause: .invalid(object: "/tensors", reason: "\(error)"))
    }
    let run = joined?.run ?? last?.run ?? UUID().uuidString.lowercased()
    var begun: ShardSession?
    if let shard, isFirst {
      let session = ShardSession(id: UUID().uuidString.lowercased(), run: run, count: shard.count)
      shardLock = try ShardLock(beginning: session, in: path)
      begun = session
    }
    session = begun
    self.layout = layout
    recordedSteps = Set(steps)
    self.run = run
    self.lock = consume lock
    self.shardLock = consume shardLock
    configuration = last?.configuration ?? RunConfiguration()
    nextSequence = last.map { $0.sequence + 1 } ?? 0
  }

  /// The file of a step.
  static func file(of step: Int, in directory: String) -> String {
    "\(directory)/step-\(step.digits(8)).h5"
  }

  /// Makes a directory in `parent` that was not there, named after `time` and a counter, and returns its path.
  ///
  /// mkdir(2) decides between recorders that begin in the same second.
  static func makeFresh(in parent: String, time: String) throws(CheckpointError) -> String {
    try make(parent)
    let stem = parent + (parent.hasSuffix("/") ? "" : "/") + time.filter { $0.isNumber || $0 == "T" }
    var counter = 1
    while true {
      let path = "\(stem)-\(counter)"
      if mkdir(path, 0o777) == 0 { return path }
      guard errno == EEXIST else { throw CheckpointError(file: path, cause: .lastSystemError("mkdir")) }
      counter += 1
    }
  }

  /// Makes the directory and those above it that are not there. (mkdir(2))
  private static func make(_ path: String) throws(CheckpointError) {
    if mkdir(path, 0o777) == 0 || errno == EEXIST { return }
    if errno == ENOENT, let slash = path.dropLast().lastIndex(of: "/"), slash > path.startIndex {
      try make(String(path[..<slash]))
      if mkdir(path, 0o777) == 0 || errno == EEXIST { return }
    }
    throw CheckpointError(file: path, cause: .lastSystemError("mkdir"))
  }

  private static func step(of name: String) -> Int? {
    guard name.hasPrefix("step-"), name.hasSuffix(".h5") else { return nil }
    let digits = name.dropFirst(5).dropLast(3)
    return digits.count >= 8 && digits.allSatisfy(\.isNumber) ? Int(digits) : nil
  }

  /// Whether what is called `name` was left by a writer that died: files and folders that have no final name, and folders of
  /// shards without an index.
  private static func isLeftover(_ name: String, among names: [String]) -> Bool {
    guard name.hasPrefix("step-") else { return false }
    if name.hasSuffix(".h5.tmp") || name.hasSuffix(StoredShard.folderSuffix + ".tmp") { return true }
    guard name.hasSuffix(StoredShard.folderSuffix) else { return false }
    return !names.contains(name.dropLast(StoredShard.folderSuffix.count) + ".h5")
  }

  private static func names(in path: String) throws(CheckpointError) -> [String] {
    do {
      return try FileManager.default.contentsOfDirectory(atPath: path)
    } catch {
      throw CheckpointError(file: path, cause: .lastSystemError("opendir"))
    }
  }
}
