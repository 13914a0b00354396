internal import Checkpoint
internal import HDF5

extension GuardedFile {
  /// A file with the elements of `matrices`, the encoded ones; nil where there are none.
  func decoded(_ matrices: [StoredMatrix]) throws(CheckpointError) -> ReadOnlyFile? {
    guard !matrices.isEmpty else { return nil }
    var decoded = try DecodedFile(for: matrices, path: path)
    try decode(matrices) { (tile) throws(CheckpointError) in try decoded.append(tile) }
    return try decoded.finish()
  }

  /// Calls `body` with the decoded elements of every tile of `matrices`, the encoded ones, in order.
  func decode(
    _ matrices: [StoredMatrix], _ body: (UnsafeRawBufferPointer) throws(CheckpointError) -> Void
  ) throws(CheckpointError) {
    for matrix in matrices {
      guard case .encoded(let tiles) = matrix.storage, let dataset = try dataset(matrix.path) else { continue }
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
        try hdf5(description: matrix.path, path) { () throws(HDF5Error) in
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
