internal import Checkpoint
internal import Landscape

/// Reads the slice file at `path`. HDF5 sees the file in a process of its own only.
func openSlice(_ path: String) throws(CheckpointError) -> Slice {
  let file = try ReadOnlyFile(opening: path)
  var reader = try ReaderProcess(.slice, for: path)
  let reply = try reader.reply(as: SliceReply.self)
  guard reply.identity == file.identity else { throw .replaced(path) }
  try reader.end()
  return try reply.slice.checked(file: path)
}
