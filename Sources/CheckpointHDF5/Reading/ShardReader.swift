public import Checkpoint
internal import HDF5

/// Reads what a shard file says about itself, and decodes what only HDF5 can, without trusting the file: as
/// ``CheckpointReader`` does with a checkpoint.
public struct ShardReader: ~Copyable {
  /// What the file says about itself, checked.
  public let description: ShardDescription
  /// The file that HDF5 opened, by number.
  public let identity: FileIdentity
  private let file: GuardedFile

  /// Opens and describes the shard at `path`; `hardened` and `onOpen` are as in ``CheckpointReader``.
  public init(_ path: String, hardened: Bool = false, onOpen: () -> Void = {}) throws(CheckpointError) {
    let plain = try ReadOnlyFile(opening: path)
    let file = try GuardedFile.open(plain, hardened: hardened, onOpen: onOpen)
    description = try file.describeShard().checked(file: path, fileByteCount: plain.byteCount)
    identity = plain.identity
    self.file = file
  }

  /// Opens the shard at `path` in this process, for files that are trusted not to attack HDF5.
  public static func open(_ path: String) throws(CheckpointError) -> OpenShard {
    let plain = try ReadOnlyFile(opening: path)
    let reader = try ShardReader(path)
    guard reader.identity == plain.identity else { throw .replaced(path) }
    let decoded = try reader.file.decoded(reader.description.encodedMatrices)
    return try OpenShard(reader.description, in: plain, decoded: decoded)
  }

  /// Calls `body` with the decoded elements of every tile of ``ShardDescription/encodedMatrices``, in order.
  public func decode(_ body: (UnsafeRawBufferPointer) throws(CheckpointError) -> Void) throws(CheckpointError) {
    try file.decode(description.encodedMatrices, body)
  }
}

extension GuardedFile {
  /// What a shard file says about itself, not yet checked against the file's size.
  func describeShard() throws(CheckpointError) -> ShardDescription {
    guard let root = try group("/") else { throw missing("/") }
    let attributes = GuardedAttributes(file: path)
    guard let format = try attributes.text("format", of: root) else { throw attributes.missing("format") }
    guard format == Self.shardFormat else {
      throw invalid("attribute format", "\(format.debugDescription): it is no shard")
    }
    guard let version = try attributes.integer("format_version", of: root) else {
      throw attributes.missing("format_version")
    }
    guard version <= CheckpointDescription.supportedVersion else {
      throw CheckpointError(file: path, cause: .newerVersion(version))
    }
    guard version == 2 else { throw invalid("attribute format_version", "\(version) has no shards") }
    guard let run = try attributes.text("run", of: root) else { throw attributes.missing("run") }
    var numbers: [Int] = []
    for name in ["step", "shard", "shards"] {
      guard let number = try attributes.integer(name, of: root) else { throw attributes.missing(name) }
      numbers.append(number)
    }
    guard let gradients = try matrix("/gradients", rank: 2) else { throw missing("/gradients") }
    var matrices = [gradients]
    for kind in FisherKind.allCases.filter(\.isStored).sorted(by: { $0.rawValue < $1.rawValue }) {
      if let factors = try matrix("/fisher/\(kind.rawValue)/factors", rank: 2) { matrices.append(factors) }
    }
    if let sketched = try matrix(StoredSketch.gradientsPath, rank: 2) { matrices.append(sketched) }
    if let parameters = try matrix("/parameters", rank: 1) { matrices.append(parameters) }
    guard try hasChecksums() else { throw missing("/checksums") }
    var unwritten: [UnwrittenChunks] = []
    for matrix in matrices {
      if let chunks = try unwrittenChunks(of: matrix) { unwritten.append(chunks) }
    }
    return ShardDescription(
      run: run, step: numbers[0], number: numbers[1], shardCount: numbers[2], matrices: matrices,
      checksums: try checksumTables(of: matrices), unwrittenChunks: unwritten)
  }

  static var shardFormat: String { "gradient-probe-shard" }
}
