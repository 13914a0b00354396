public import Checkpoint
internal import Checksum
internal import HDF5

/// Reads what a checkpoint file says about itself, and decodes what only HDF5 can, without trusting the file: nothing is
/// read before all that it declares has been looked at, and nothing outside the file is opened.
///
/// A file that is made to attack HDF5 itself may still crash it. The command `inspect` therefore does this in a process
/// of its own; ``open(_:)`` does it here.
public struct CheckpointReader: ~Copyable {
  /// What the file says about itself, checked.
  public let description: CheckpointDescription
  /// The file that HDF5 opened, by number: whoever opened the name too can tell whether it is the same.
  public let identity: FileIdentity
  private let file: GuardedFile

  /// Opens and describes the file at `path`.
  ///
  /// `hardened` changes HDF5's state for the whole process: no plugins, no external links, no environment. `onOpen` is
  /// called when no further file has to be opened.
  public init(_ path: String, hardened: Bool = false, onOpen: () -> Void = {}) throws(CheckpointError) {
    let plain = try ReadOnlyFile(opening: path)
    let file = try GuardedFile.open(plain, hardened: hardened, onOpen: onOpen)
    let description = try file.addingChecksums(to: file.describe())
    self.description = try description.checked(file: path, fileByteCount: plain.byteCount)
    self.identity = plain.identity
    self.file = file
  }

  /// What the file at `path` says about itself.
  public static func describe(_ path: String) throws(CheckpointError) -> CheckpointDescription {
    try CheckpointReader(path).description
  }

  /// Opens the file at `path` in this process, its shards too if it is an index, for files that are trusted not to attack
  /// HDF5.
  public static func open(_ path: String) throws(CheckpointError) -> OpenCheckpoint {
    let plain = try ReadOnlyFile(opening: path)
    let reader = try CheckpointReader(path)
    guard reader.identity == plain.identity else { throw .replaced(path) }
    var shards: [OpenShard] = []
    for (number, stored) in (reader.description.shards ?? []).enumerated() {
      let shard = try ShardReader.open(StoredShard.folder(of: path) + "/" + stored.name)
      try reader.description.verify(shard, number: number)
      shards.append(shard)
    }
    let decoded = try reader.file.decoded(reader.description.encodedMatrices)
    return try OpenCheckpoint(reader.description, in: plain, decoded: decoded, shards: shards)
  }

  /// Calls `body` with the decoded elements of every tile of ``CheckpointDescription/encodedMatrices``, in order.
  public func decode(_ body: (UnsafeRawBufferPointer) throws(CheckpointError) -> Void) throws(CheckpointError) {
    try file.decode(description.encodedMatrices, body)
  }
}
