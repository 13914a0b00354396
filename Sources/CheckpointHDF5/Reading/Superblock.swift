internal import Checkpoint

/// The first bytes of an HDF5 file, looked at without HDF5: whether it is one, and whether all of it is there.
enum Superblock {
  /// Throws unless `file` begins as an HDF5 file of at least the length that it declares. (HDF5 File Format
  /// Specification 3.0, II.A)
  static func check(_ file: ReadOnlyFile) throws(CheckpointError) {
    guard file.byteCount >= 512 else { throw CheckpointError(file: file.path, cause: .notHDF5) }
    let block = UnsafeMutableRawBufferPointer.allocate(byteCount: 64, alignment: 8)
    defer { block.deallocate() }
    // Behind a block of the user's own, the superblock stands at 512 bytes or a power of two times that.
    var start = 0
    while true {
      guard start <= file.byteCount - 64 else { throw CheckpointError(file: file.path, cause: .notHDF5) }
      try file.read(at: start, into: block)
      if block.prefix(8).elementsEqual([0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a]) { break }
      start = start == 0 ? 512 : start * 2
    }
    let version = block[8]
    let base: Int
    switch version {
    case 0: base = 24
    case 1: base = 28
    case 2, 3: base = 12
    default:
      let reason = "version \(version) is not known here"
      throw CheckpointError(file: file.path, cause: .invalid(object: "HDF5 superblock", reason: reason))
    }
    guard block[version < 2 ? 13 : 9] == 8 else {
      let reason = "addresses are not of 8 bytes"
      throw CheckpointError(file: file.path, cause: .invalid(object: "HDF5 superblock", reason: reason))
    }
    let end = UInt64(littleEndian: block.loadUnaligned(fromByteOffset: base + 16, as: UInt64.self))
    guard end <= UInt64(file.byteCount) else {
      throw CheckpointError(file: file.path, cause: .truncated(needed: Int(clamping: end), found: file.byteCount))
    }
  }
}
