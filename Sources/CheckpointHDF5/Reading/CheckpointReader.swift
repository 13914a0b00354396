public import Checkpoint
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
    try Superblock.check(plain)
    if hardened { try hdf5(path) { () throws(HDF5Error) in try Hardening.apply() } }
    let file = try GuardedFile(path, onOpen: onOpen)
    let identity = try FileIdentity(of: file.descriptor(), path: path)
    guard identity == plain.identity else { throw .replaced(path) }
    let description = try file.addingChecksums(to: file.describe())
    self.description = try description.checked(file: path, fileByteCount: plain.byteCount)
    self.identity = identity
    self.file = file
  }

  /// What the file at `path` says about itself.
  public static func describe(_ path: String) throws(CheckpointError) -> CheckpointDescription {
    try CheckpointReader(path).description
  }

  /// Opens the file at `path` in this process, for files that are trusted not to attack HDF5.
  public static func open(_ path: String) throws(CheckpointError) -> OpenCheckpoint {
    let plain = try ReadOnlyFile(opening: path)
    let reader = try CheckpointReader(path)
    guard reader.identity == plain.identity else { throw .replaced(path) }
    guard !reader.description.encodedMatrices.isEmpty else {
      return try OpenCheckpoint(reader.description, in: plain, decoded: nil)
    }
    var decoded = try DecodedFile(for: reader.description, path: path)
    try reader.decode { (tile) throws(CheckpointError) in try decoded.append(tile) }
    return try OpenCheckpoint(reader.description, in: plain, decoded: decoded.finish())
  }

  /// Calls `body` with the decoded elements of every tile of ``CheckpointDescription/encodedMatrices``, in order.
  public func decode(_ body: (UnsafeRawBufferPointer) throws(CheckpointError) -> Void) throws(CheckpointError) {
    for matrix in description.encodedMatrices {
      guard case .encoded(let tiles) = matrix.storage, let dataset = try file.dataset(matrix.path) else { continue }
      let size = matrix.elementType.byteCount
      let buffer = UnsafeMutableRawBufferPointer.allocate(
        byteCount: tiles.rowCount * tiles.columnCount * size, alignment: 16)
      defer { buffer.deallocate() }
      let isRow = dataset.extents.count == 1
      // As it is stored, but for the byte order: HDF5 takes bfloat16 for integers or for floating-point numbers.
      guard case .scalar(let stored, _) = dataset.information.type else { continue }
      try tiles.forEach(rows: matrix.rowCount, columns: matrix.columnCount) {
        (rows, columns) throws(CheckpointError) in
        let tile = UnsafeMutableRawBufferPointer(rebasing: buffer[..<(rows.count * columns.count * size)])
        try hdf5(description: matrix.path, file.path) { () throws(HDF5Error) in
          try dataset.dataset.read(
            start: isRow ? [columns.lowerBound] : [rows.lowerBound, columns.lowerBound],
            extents: isRow ? [columns.count] : [rows.count, columns.count], as: stored, into: tile)
        }
        try body(UnsafeRawBufferPointer(tile))
      }
    }
  }
}

/// Runs `body` and puts the names of the `file` and of an object in it to HDF5's errors.
private func hdf5(description object: String, _ file: String, _ body: () throws(HDF5Error) -> Void)
  throws(CheckpointError)
{
  do {
    try body()
  } catch {
    throw CheckpointError(file: file, cause: .invalid(object: object, reason: error.description))
  }
}
