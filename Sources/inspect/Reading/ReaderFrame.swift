internal import Checkpoint
internal import CheckpointHDF5
internal import Landscape

/// What the reading process sends: frames of a kind, a length and so many bytes.
enum ReaderFrame: UInt8 {
  /// A ``ReaderReply``, ``ShardReply``, ``SliceReply`` or ``PartReply`` as JSON, first of all.
  case description = 1
  /// The elements of the next tile.
  case tile
  /// A ``CheckpointError`` as JSON, and nothing after it.
  case error
  /// Nothing; all is said.
  case end

  /// Bytes before a frame's contents: the kind and the length, little-endian.
  static let headerByteCount = 9

  /// The most bytes that a frame of this kind may have.
  var largestByteCount: Int {
    switch self {
    case .description: 128 << 20
    case .tile: DecodedFile.largestTile
    case .error: 1 << 16
    case .end: 0
    }
  }

  /// The header of a frame of `count` bytes.
  func header(count: Int) -> [UInt8] {
    [rawValue] + withUnsafeBytes(of: UInt64(count).littleEndian, Array.init)
  }
}

/// What the reading process found, and in which file.
struct ReaderReply: Codable {
  let identity: FileIdentity
  let description: CheckpointDescription
}

/// The shard that the reading process found, and in which file.
struct ShardReply: Codable {
  let identity: FileIdentity
  let shard: ShardDescription
}

/// The part of sums that the reading process found, and in which file.
struct PartReply: Codable {
  let identity: FileIdentity
  let part: PartDescription
}

/// The slice that the reading process found, and in which file.
struct SliceReply: Codable {
  let identity: FileIdentity
  let slice: Slice
}
