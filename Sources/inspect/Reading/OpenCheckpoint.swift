internal import Checkpoint

/// Opens and describes the checkpoint file at `path`. HDF5 sees the file in a process of its own only; this one opens
/// the file itself and reads plain numbers within checked bounds.
func openCheckpoint(_ path: String, by launch: ReaderLaunch = .own) throws(CheckpointError) -> OpenCheckpoint {
  let file = try ReadOnlyFile(opening: path)
  var reader = try ReaderProcess(for: path, by: launch)
  let reply = try reader.reply()
  guard reply.identity == file.identity else { throw .replaced(path) }
  let description = try reply.description.checked(file: path, fileByteCount: file.byteCount)
  if description.encodedMatrices.isEmpty {
    try reader.end()
    return try OpenCheckpoint(description, in: file, decoded: nil)
  }
  var decoded = try DecodedFile(for: description, path: path)
  while let byteCount = decoded.nextTileByteCount {
    try reader.tile(byteCount: byteCount) { (tile) throws(CheckpointError) in try decoded.append(tile) }
  }
  try reader.end()
  return try OpenCheckpoint(description, in: file, decoded: decoded.finish())
}
