internal import Checkpoint
internal import Checksum

/// Opens and describes the checkpoint file at `path`, and its shards if it is an index. HDF5 sees each file in a process
/// of its own only; this one opens the files itself and reads plain numbers within checked bounds.
func openCheckpoint(_ path: String, by launch: ReaderLaunch = .own) throws(CheckpointError) -> OpenCheckpoint {
  let (description, file, decoded) = try describeCheckpoint(path, by: launch)
  let count = description.shards?.count ?? 0
  if count > 0 { DescriptorLimit.raise(by: count) }
  let shards = try (0..<count).map { (number) throws(CheckpointError) in
    try openShard(number, of: description, index: path, by: launch)
  }
  return try OpenCheckpoint(description, in: file, decoded: decoded, shards: shards)
}

/// What the checkpoint file at `path` says about itself, with the file and the elements that had to be decoded; no shard
/// is opened.
func describeCheckpoint(
  _ path: String, by launch: ReaderLaunch = .own
) throws(CheckpointError) -> (description: CheckpointDescription, file: ReadOnlyFile, decoded: ReadOnlyFile?) {
  let file = try ReadOnlyFile(opening: path)
  var reader = try ReaderProcess(for: path, by: launch)
  let reply = try reader.reply()
  guard reply.identity == file.identity else { throw .replaced(path) }
  let description = try reply.description.checked(file: path, fileByteCount: file.byteCount)
  return (description, file, try reader.decoded(description.encodedMatrices, of: path))
}

/// Opens shard `number` of the index at `index`, which says `description` of itself. Throws where it is missing, damaged
/// or of another checkpoint.
func openShard(
  _ number: Int, of description: CheckpointDescription, index: String, by launch: ReaderLaunch = .own
) throws(CheckpointError) -> OpenShard {
  guard let stored = description.shards?[number] else { preconditionFailure("no index of shards") }
  let path = StoredShard.folder(of: index) + "/" + stored.name
  let file = try ReadOnlyFile(opening: path)
  var reader = try ReaderProcess(.shard, for: path, by: launch)
  let reply = try reader.reply(as: ShardReply.self)
  guard reply.identity == file.identity else { throw .replaced(path) }
  let found = try reply.shard.checked(file: path, fileByteCount: file.byteCount)
  let decoded = try reader.decoded(found.encodedMatrices, of: path)
  let shard = try OpenShard(found, in: file, decoded: decoded)
  try description.verify(shard, number: number)
  return shard
}

extension ReaderProcess {
  /// The elements of `matrices`, the encoded ones of the file at `path`, as the process decodes them; nil where there are
  /// none. The process ends with that.
  fileprivate mutating func decoded(
    _ matrices: [StoredMatrix], of path: String
  ) throws(CheckpointError) -> ReadOnlyFile? {
    guard !matrices.isEmpty else {
      try end()
      return nil
    }
    var decoded = try DecodedFile(for: matrices, path: path)
    while let byteCount = decoded.nextTileByteCount {
      try tile(byteCount: byteCount) { (tile) throws(CheckpointError) in try decoded.append(tile) }
    }
    try end()
    return try decoded.finish()
  }
}
