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

/// Puts a checkpoint together from the shards of all ranks, in a temporary folder that all see:
/// every rank writes its shard there and then a manifest; rank 0 waits for all manifests, gives the folder its name, waits for the
/// disk, and writes the index last. Whoever dies on the way leaves a folder without an index, which is no checkpoint.
struct ShardPublisher: Sendable {
  let directory: String
  let shard: Shard
  /// Seconds to wait for the other ranks.
  let seconds: Double
  let operations: FileOperations

  /// The folder in which the shards of the checkpoint at `path` gather.
  private func gathering(_ path: String) -> String { StoredShard.folder(of: path) + ".tmp" }

  /// The session of the rank 0 that lives.
  func session(_ wait: Waiting) throws(CheckpointError) -> ShardSession {
    try ShardSession.join(shard, in: directory, wait)
  }

  /// Where this rank's shard of the checkpoint at `path` goes; makes the folder. What a rank that died left there goes.
  func place(for path: String) throws(CheckpointError) -> String {
    let folder = gathering(path)
    guard mkdir(folder, 0o777) == 0 || errno == EEXIST else {
      throw CheckpointError(file: folder, cause: .lastSystemError("mkdir"))
    }
    let file = folder + "/" + StoredShard.name(shard.rank, of: shard.count)
    unlink(folder + "/" + ShardManifest.name(shard.rank, of: shard.count))
    unlink(file)
    return file
  }

  /// Tells the others that this rank's shard of the checkpoint at `path` will not come. They would wait in vain.
  func giveUp(_ path: String, session: ShardSession, because reason: String) {
    let manifest = ShardManifest(session: session.id, outcome: .failed(reason))
    _ = mkdir(gathering(path), 0o777)
    try? write(manifest, beside: path)
  }

  /// This rank's shard is on the disk, as `stored` tells: waits for the others', and for the index. Rank 0 writes that, with the
  /// number `sequence`.
  ///
  /// Throws where a rank does not come in time, cannot, or captured something else, and where the disk refuses.
  func publish(
    _ stored: StoredShard, of header: CheckpointHeader, losses: [Double], squares: CheckpointSquares?, at path: String,
    session: ShardSession, sequence: Int, _ wait: Waiting
  ) throws(CheckpointError) {
    var description = header.described()
    description.losses = losses
    if let squares { description.sketch?.squares = squares }
    let outcome = ShardManifest.Outcome.written(stored, description, tensorsAreWhole: header.tensorsAreWhole(shard))
    try write(ShardManifest(session: session.id, outcome: outcome), beside: path)
    if shard.rank > 0 { return try waitForIndex(at: path, session, wait) }
    do throws(CheckpointError) {
      let manifests = try waitForAll(at: path, session, wait)
      if let reason = manifests.disagreement {
        throw CheckpointError(file: path, cause: .invalid(object: "shards", reason: reason))
      }
      try publish(manifests, of: header, losses: losses, at: path, sequence: sequence)
    } catch {
      giveUp(path, session: session, because: "\(error.cause)")
      throw error
    }
  }

  /// Tells the others which rows this rank has `kept` for the checkpoint at `path`, and returns those that all have. Throws where
  /// fewer than two minibatches are left, and where a rank does not come in time.
  func agree(
    on kept: KeptRows, at path: String, session: ShardSession, _ wait: Waiting
  ) throws(CheckpointError) -> KeptRows {
    _ = try place(for: path)
    try write(ShardManifest(session: session.id, outcome: .captured(kept)), beside: path, .captured)
    let all = try waitForAll(at: path, session, wait, .captured).compactMap { manifest -> KeptRows? in
      if case .captured(let kept) = manifest.outcome { kept } else { nil }
    }
    let common = kept.common(with: all)
    guard common.minibatches.count >= 2 else {
      let reason = "minibatches that are finite on all ranks: \(common.minibatches.count), but at least 2 are needed"
      throw CheckpointError(file: path, cause: .invalid(object: "shards", reason: reason))
    }
    return common
  }

  /// The manifests of all ranks. Throws where one does not come, or tells that it has failed.
  private func waitForAll(
    at path: String, _ session: ShardSession, _ wait: Waiting, _ stage: ShardManifest.Stage = .written
  ) throws(CheckpointError) -> [ShardManifest] {
    var wait = wait
    while true {
      let written = manifests(at: path, session)
      let found = stage == .written ? written : manifests(at: path, session, stage)
      if let failure = failure(written) { throw CheckpointError(file: path, cause: failure) }
      let all = found.compactMap(\.self)
      if all.count == shard.count { return all }
      guard wait.next() else { throw missing(found, path) }
    }
  }

  /// Waits until rank 0 has written the index.
  private func waitForIndex(
    at path: String, _ session: ShardSession, _ wait: Waiting
  ) throws(CheckpointError) {
    var wait = wait
    while access(path, F_OK) != 0 {
      let found = manifests(at: path, session)
      if let failure = failure(found) { throw CheckpointError(file: path, cause: failure) }
      guard wait.next() else {
        // While rank 0 moves the folder there are no manifests.
        if access(path, F_OK) == 0 { return }
        throw missing(found, path)
      }
    }
  }

  private func missing(_ found: [ShardManifest?], _ path: String) -> CheckpointError {
    let ranks = found.indices.filter { found[$0] == nil }
    return CheckpointError(
      file: path, cause: .missingRanks(ranks.isEmpty ? [0] : ranks, of: shard.count, seconds: seconds))
  }

  private func failure(_ manifests: [ShardManifest?]) -> CheckpointError.Cause? {
    for (rank, manifest) in manifests.enumerated() where rank != shard.rank {
      if case .failed(let reason)? = manifest?.outcome {
        return .invalid(object: "shards", reason: "rank \(rank) gave it up: \(reason)")
      }
    }
    return nil
  }

  private func manifests(
    at path: String, _ session: ShardSession, _ stage: ShardManifest.Stage = .written
  ) -> [ShardManifest?] {
    (0..<shard.count).map { rank in
      let manifest = ShardManifest.read(gathering(path) + "/" + ShardManifest.name(rank, of: shard.count, stage))
      return manifest?.session == session.id ? manifest : nil
    }
  }

  private func write(
    _ manifest: ShardManifest, beside path: String, _ stage: ShardManifest.Stage = .written
  ) throws(CheckpointError) {
    let name = gathering(path) + "/" + ShardManifest.name(shard.rank, of: shard.count, stage)
    do {
      try manifest.encoded().write(to: URL(filePath: name + ".tmp"))
    } catch {
      throw CheckpointError(file: name, cause: .lastSystemError("write"))
    }
    guard rename(name + ".tmp", name) == 0 else { throw CheckpointError(file: name, cause: .lastSystemError("rename")) }
  }

  /// Gives the folder its name and writes the index.
  private func publish(
    _ manifests: [ShardManifest], of header: CheckpointHeader, losses: [Double], at path: String, sequence: Int
  ) throws(CheckpointError) {
    let folder = StoredShard.folder(of: path)
    for rank in 0..<shard.count {
      for stage in ShardManifest.Stage.allCases {
        unlink(gathering(path) + "/" + ShardManifest.name(rank, of: shard.count, stage))
      }
    }
    do {
      try operations.synchronizeDirectory(gathering(path))
      try operations.publish(gathering(path), folder)
      try operations.synchronizeDirectory(directory)
    } catch {
      throw CheckpointError(
        file: folder, cause: .system(operation: error.operation, errno: error.code, message: error.message))
    }
    var index = header
    index.sequence = sequence
    let all = manifests.written ?? []
    let isWhole = header.tensorsAreWhole(shard)
    // Each rank that knows its own tensors alone has them stand after those of the rank before.
    if !isWhole {
      index.tensors =
        all.flatMap { entry in entry.description.tensors.map { TensorLayout($0.name, shape: $0.shape) } }.columns
    }
    var shards = all.map(\.shard)
    if !isWhole || header.sketch != nil { shards.close(inOrderOf: isWhole ? shards.map(\.offset) : nil) }
    let sketches = all.compactMap(\.description.sketch)
    index.sketch = sketches.map(\.header).joined(ofSameTensors: isWhole)
    index.part = .index(shards: shards)
    let squares = sketches.map(\.squares)
    try CheckpointWriter(index, to: path, operations: operations).finish(
      losses: losses, squares: squares.dropFirst().reduce(squares.first) { $0?.adding($1) })
  }
}

extension [StoredShard] {
  /// Has the columns of these shards follow each other, in the order of `offsets` or as they stand.
  fileprivate mutating func close(inOrderOf offsets: [Int]?) {
    var next = 0
    for index in offsets.map({ offsets in indices.sorted { offsets[$0] < offsets[$1] } }) ?? indices.map { $0 } {
      let shard = self[index]
      self[index] = StoredShard(name: shard.name, offset: next, count: shard.count, checksum: shard.checksum)
      next += shard.count
    }
  }
}

extension [SketchHeader] {
  /// What an index tells of the sketches of all ranks, which hold parts of the same tensors or tensors of their own.
  fileprivate func joined(ofSameTensors isWhole: Bool) -> SketchHeader? {
    guard var joined = first else { return nil }
    joined.liveCount = reduce(0) { $0 + $1.liveCount }
    joined.widths =
      isWhole
      ? joined.widths.indices.map { index in reduce(0) { $0 + $1.widths[index] } } : flatMap(\.widths)
    return joined
  }
}

extension CheckpointHeader {
  /// Whether the tensors are those of the whole model rather than the rank's own.
  fileprivate func tensorsAreWhole(_ shard: Shard) -> Bool {
    if case .columns = shard.content { true } else { false }
  }
}
