internal import Checkpoint
internal import CheckpointHDF5

#if canImport(Darwin)
  internal import Darwin
#else
  internal import Glibc
#endif

/// The hidden commands `describe FILE`, `describe-shard FILE`, `describe-slice FILE` and `describe-part FILE`: the process in
/// which HDF5 meets the file. It writes frames to standard output.
enum DescribeProcess {
  /// The first arguments that make this binary a reading process.
  enum Command: String {
    /// For a checkpoint file.
    case checkpoint = "describe"
    /// For a shard of a checkpoint.
    case shard = "describe-shard"
    /// For a slice file.
    case slice = "describe-slice"
    /// For a file of sums.
    case part = "describe-part"
  }

  /// The command, if the arguments ask for one.
  static var command: Command? {
    CommandLine.arguments.count == 3 ? Command(rawValue: CommandLine.arguments[1]) : nil
  }

  /// Describes the file and decodes what has to be decoded, then ends the process without tidying up.
  static func run(_ command: Command) -> Never {
    let path = CommandLine.arguments[2]
    ReaderLimits.apply()
    if command != .slice { ReaderLimits.limitOwnMemory() }
    do throws(CheckpointError) {
      switch command {
      case .slice:
        let reader = try SliceReader(path, hardened: true, onOpen: ReaderLimits.forbidOpening)
        try send(.description, json: SliceReply(identity: reader.identity, slice: reader.slice), path: path)
      case .part:
        let reader = try PartReader(path, hardened: true, onOpen: ReaderLimits.forbidOpening)
        try send(.description, json: PartReply(identity: reader.identity, part: reader.description), path: path)
      case .shard:
        let reader = try ShardReader(path, hardened: true, onOpen: ReaderLimits.forbidOpening)
        try send(.description, json: ShardReply(identity: reader.identity, shard: reader.description), path: path)
        ReaderLimits.allowDecoding()
        try reader.decode(send(tile:))
      case .checkpoint:
        let reader = try CheckpointReader(path, hardened: true, onOpen: ReaderLimits.forbidOpening)
        let reply = ReaderReply(identity: reader.identity, description: reader.description)
        try send(.description, json: reply, path: path)
        ReaderLimits.allowDecoding()
        try reader.decode(send(tile:))
      }
      send(.end, UnsafeRawBufferPointer(start: nil, count: 0))
      _exit(0)
    } catch {
      try? send(.error, json: error, path: path)
      _exit(1)
    }
  }

  /// Passes a decoded tile on.
  private static func send(tile: UnsafeRawBufferPointer) {
    send(.tile, tile)
    ReaderLimits.restartAlarm()
  }

  private static func send(_ frame: ReaderFrame, json value: some Encodable, path: String) throws(CheckpointError) {
    do {
      let bytes = try ReaderJSON.encode(value)
      bytes.withUnsafeBytes { send(frame, $0) }
    } catch {
      throw CheckpointError(file: path, cause: .hdf5("its description cannot be passed on"))
    }
  }

  /// Writes a frame; ends the process if nobody listens any more.
  private static func send(_ frame: ReaderFrame, _ bytes: UnsafeRawBufferPointer) {
    frame.header(count: bytes.count).withUnsafeBytes(writeAll)
    writeAll(bytes)
  }

  private static func writeAll(_ bytes: UnsafeRawBufferPointer) {
    var done = 0
    while done < bytes.count {
      let count = write(STDOUT_FILENO, bytes.baseAddress! + done, bytes.count - done)
      if count >= 0 {
        done += count
      } else if errno != EINTR {
        _exit(2)
      }
    }
  }
}
