internal import Checkpoint
internal import Checksum

extension OpenCheckpoint {
  /// A hash of what the file says of itself and of the checksums of all its rows.
  func contents() throws(CheckpointError) -> UInt64 {
    var words = [description.checksum]
    for matrix in description.matrices { words += try blocks(matrix).checksums?.values ?? [] }
    return words.map(\.littleEndian).withUnsafeBytes { Hash.value(of: $0) }
  }
}
