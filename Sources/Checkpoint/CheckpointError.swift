/// Why a checkpoint file could not be read or written: the file and the cause, in one line.
public struct CheckpointError: Error, Hashable, Codable, Sendable, CustomStringConvertible {
  /// The file or directory, as the user named it.
  public var file: String
  /// What is wrong with it.
  public var cause: Cause

  /// `cause` was found in `file`.
  public init(file: String, cause: Cause) {
    self.file = file
    self.cause = cause
  }

  /// The elements of `tile` of `row` of `blocks` do not have their checksum.
  public static func damaged(_ blocks: some ColumnBlocks, row: Int, tile: Int) -> CheckpointError {
    let columns = blocks.tiles[tile]
    let place =
      "\(blocks.name), row \(blocks.storedRow(row)), columns \(columns.lowerBound) to \(columns.upperBound - 1)"
    return CheckpointError(file: blocks.file(of: columns.lowerBound), cause: .damaged(object: place))
  }

  /// The name led to another file the second time that it was opened.
  public static func replaced(_ file: String) -> CheckpointError {
    CheckpointError(file: file, cause: .refused(object: "file", reason: "it was replaced while it was opened"))
  }

  /// Whether the file is one of this package's that holds something else than a checkpoint, such as an export.
  public var isOtherKind: Bool {
    if case .notCheckpoint(let format) = cause { return format.hasPrefix("gradient-probe") }
    return false
  }

  /// What is wrong with a file.
  public enum Cause: Hashable, Codable, Sendable {
    /// There is no such file or directory.
    case notFound
    /// A directory without any checkpoint file in it.
    case noCheckpoints
    /// A FIFO, device, socket or directory where a file was expected.
    case notRegularFile
    /// The file does not start with HDF5's signature.
    case notHDF5
    /// The file ends before what it declares: `needed` bytes, of which `found` are there.
    case truncated(needed: Int, found: Int)
    /// The attribute `format` is not `gradient-probe`.
    case notCheckpoint(format: String)
    /// A version of the format that is newer than this program.
    case newerVersion(Int)
    /// A dataset or attribute that has to be there is not.
    case missing(String)
    /// `object` is not what the format allows.
    case invalid(object: String, reason: String)
    /// A value that is not a finite number, at 0-based `row` of `object`.
    case nonFinite(object: String, row: Int)
    /// `object` does not have the checksum that the file tells.
    case damaged(object: String)
    /// Something that a reader of other people's files does not follow: links to and data in other files.
    case refused(object: String, reason: String)
    /// HDF5 gave up: its own words, outermost first.
    case hdf5(String)
    /// The operating system refused `operation`.
    case system(operation: String, errno: Int32, message: String)
    /// A file of that name is there already.
    case alreadyExists
    /// A run directory that holds this many checkpoints already, where a new run was to begin.
    case holdsCheckpoints(Int)
    /// A run directory that another recorder is writing into.
    case inUse
    /// Ranks of so many whose shards did not come within so many seconds.
    case missingRanks([Int], of: Int, seconds: Double)
    /// The disk has no room for a checkpoint of `needed` bytes.
    case noSpace(needed: Int, available: Int)
  }

  /// One line that names the file and the cause.
  public var description: String { "\(file): \(cause)" }
}

extension CheckpointError.Cause: CustomStringConvertible {
  /// The cause in words, without the file.
  public var description: String {
    switch self {
    case .notFound: "no such file or directory"
    case .noCheckpoints: "no checkpoint files (*.h5) in this directory"
    case .notRegularFile: "not a regular file"
    case .notHDF5: "not an HDF5 file"
    case .truncated(let needed, let found): "truncated: \(needed) bytes needed, \(found) there"
    case .notCheckpoint("gradient-probe-slice"):
      "it holds a slice through losses, not a checkpoint: it is drawn with the checkpoint file that it lies beside"
    case .notCheckpoint("gradient-probe-shard"):
      "it holds some of the columns of a sharded checkpoint: give the index, the .h5 file beside its folder"
    case .notCheckpoint("gradient-probe-part"):
      "it holds sums over some of the columns of a run, a part of sums: give all parts to inspect merge"
    case .notCheckpoint("gradient-probe.arrays"):
      "it holds exported matrices, not a checkpoint: give the checkpoint file that they were made of"
    case .notCheckpoint(let format): "not a checkpoint file: attribute format is \"\(format)\", not \"gradient-probe\""
    case .newerVersion(let version):
      "format version \(version) is newer than this program, which reads up to "
        + "\(CheckpointDescription.supportedVersion): update it"
    case .missing(let object): "missing: \(object)"
    case .invalid(let object, let reason): "\(object): \(reason)"
    case .nonFinite(let object, let row): "\(object): row \(row) holds a value that is not finite"
    case .damaged(let object): "\(object): damaged: its checksum differs"
    case .refused(let object, let reason): "\(object): refused: \(reason)"
    case .hdf5(let message): message
    case .system(let operation, _, let message): "\(operation): \(message)"
    case .alreadyExists: "there is a file of that name already"
    case .holdsCheckpoints(let count):
      "it holds \(count) checkpoint\(count == 1 ? "" : "s") already: set RecorderOptions.resume to go on with that run, "
        + "or begin a new one by Recorder(in:), which makes a fresh directory"
    case .inUse: "another recorder is writing into this directory"
    case .missingRanks(let ranks, let count, let seconds):
      "no shard came from rank\(ranks.count == 1 ? "" : "s") \(ranks.map(String.init).joined(separator: ", ")) of \(count) "
        + "within \(seconds) s: this checkpoint is given up"
    case .noSpace(let needed, let available): "no room: \(needed) bytes needed, \(available) available"
    }
  }
}
