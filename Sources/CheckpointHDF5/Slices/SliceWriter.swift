public import Checkpoint
internal import HDF5
public import Landscape

/// Writes a slice file at once: it has its final name only when it is whole and on the disk.
public enum SliceWriter {
  /// Writes `slice` with its `directions`, one an axis, to `path`.
  ///
  /// Throws where the parts contradict each other, where there is a file of that name already, and where the disk
  /// refuses.
  public static func write(
    _ slice: Slice, directions: [Direction], to path: String, operations: FileOperations = .system
  ) throws(CheckpointError) {
    try check(slice, directions, for: path)
    // A slice is small beside its checkpoint.
    let bytes = try LayoutFile.bytes(of: path) { (file) throws(HDF5Error) in
      try SliceLayout(slice, directions).lay(in: file)
    }
    try TemporaryFile.publish(bytes, as: path, operations: operations)
  }

  private static func check(
    _ slice: Slice, _ directions: [Direction], for path: String
  ) throws(CheckpointError) {
    func fail(_ object: String, _ reason: String) -> CheckpointError {
      CheckpointError(file: path, cause: .invalid(object: object, reason: reason))
    }
    let axes = slice.surface.grid.axes
    guard directions.count == axes.count, slice.directions == directions.map(DirectionSummary.init) else {
      throw fail("/directions", "\(directions.count) directions do not belong to \(axes.count) axes")
    }
    guard let count = directions.first?.values.count, count > 0, directions.allSatisfy({ $0.values.count == count })
    else { throw fail("/directions/values", "directions of different lengths, or without numbers") }
    if let direction = directions.first(where: { !$0.norm.isFinite }) {
      throw fail("/directions/values", "\(direction.name) holds a value that is not finite")
    }
    if let seed = directions.compactMap(\.seed).first(where: { $0 > Int64.max }) {
      throw fail("/directions/seed", "\(seed) has more than 63 bits")
    }
    if let fault = slice.groups?.fault(minibatchCount: slice.surface.minibatchCount) {
      throw fail(fault.object, fault.reason)
    }
    let texts =
      [slice.creator, slice.created, slice.name, slice.origin.run, slice.origin.file, slice.origin.checksum]
      + directions.map(\.name) + (slice.groups?.names ?? [])
    if let text = texts.first(where: { $0.utf8.contains(0) || $0.utf8.count > CheckpointHeader.longestText }) {
      throw fail("a text", "\(text.prefix(40).debugDescription) holds a zero or is longer than 4096 bytes")
    }
  }
}
