public import Checkpoint
internal import HDF5
public import Landscape

/// Reads a slice file without trusting it, as ``CheckpointReader`` reads checkpoints.
public struct SliceReader: Sendable {
  /// What the file holds, all but its directions' numbers.
  public let slice: Slice
  /// The file that HDF5 opened, by number: whoever opened the name too can tell whether it is the same.
  public let identity: FileIdentity

  /// Reads the file at `path`.
  ///
  /// `hardened` changes HDF5's state for the whole process: no plugins, no external links, no environment. `onOpen` is
  /// called when no further file has to be opened.
  public init(_ path: String, hardened: Bool = false, onOpen: () -> Void = {}) throws(CheckpointError) {
    let plain = try ReadOnlyFile(opening: path)
    try Superblock.check(plain)
    if hardened { try hdf5(path) { () throws(HDF5Error) in try Hardening.apply() } }
    let file = try GuardedFile(path, onOpen: onOpen)
    identity = try FileIdentity(of: file.descriptor(), path: path)
    guard identity == plain.identity else { throw .replaced(path) }
    slice = try file.slice()
  }
}
