internal import Checkpoint
internal import Checksum
internal import Landscape

/// Reads the slice file at `path`. HDF5 sees the file in a process of its own only.
func openSlice(_ path: String, by launch: ReaderLaunch = .own) throws(CheckpointError) -> Slice {
  let file = try ReadOnlyFile(opening: path)
  var reader = try ReaderProcess(.slice, for: path, by: launch)
  let reply = try reader.reply(as: SliceReply.self)
  guard reply.identity == file.identity else { throw .replaced(path) }
  try reader.end()
  return try reply.slice.checked(file: path)
}

/// The slice in the file at `path`; throws where it was captured at another checkpoint than `description`.
func openSlice(_ path: String, of description: CheckpointDescription) throws(CheckpointError) -> Slice {
  let slice = try openSlice(path)
  guard slice.belongs(to: description) else {
    let reason = "it belongs to another checkpoint than the one beside it"
    throw CheckpointError(file: path, cause: .invalid(object: "attribute checkpoint_checksum", reason: reason))
  }
  return slice
}

extension Slice {
  /// Whether it was captured at the checkpoint that `description` describes, as far as it tells.
  func belongs(to description: CheckpointDescription) -> Bool {
    origin.run == description.run && origin.step == description.step
      && (origin.checksum.isEmpty || origin.checksum == Slice.checksumText(description.checksum))
  }
}
