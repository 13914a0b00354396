internal import Checkpoint

/// A slow look at every number, for when the pass met one that it could not use.
enum RowScan {
  /// The first row of `source` with an element that is not finite.
  static func firstNonFiniteRow(_ source: any ColumnBlocks) throws(CheckpointError) -> Int? {
    let width = min(source.columnCount, 1 << 16)
    let buffer = UnsafeMutableRawBufferPointer.allocate(
      byteCount: width * MemoryLayout<Double>.stride, alignment: MemoryLayout<Double>.alignment)
    defer { buffer.deallocate() }
    for row in 0..<source.rowCount {
      var column = 0
      while column < source.columnCount {
        let columns = column..<min(source.columnCount, column + width)
        let wide = columns.count * MemoryLayout<Double>.stride
        let stored = columns.count * source.elementType.byteCount
        let place = UnsafeMutableRawBufferPointer(rebasing: buffer[(wide - stored)..<wide])
        var destination = place.mutableBytes
        try source.copy(rows: row..<(row + 1), columns: columns, to: &destination, rowStride: stored)
        let block = UnsafeMutableRawBufferPointer(rebasing: buffer[..<wide])
        source.elementType.widen(columns.count, in: block, to: Double.self)
        if block.bindMemory(to: Double.self).contains(where: { !$0.isFinite }) { return row }
        column = columns.upperBound
      }
    }
    return nil
  }

  /// Throws the first row that holds a value that is not finite.
  static func requireFinite(_ sources: [any ColumnBlocks]) throws(CheckpointError) {
    for source in sources {
      if let row = try firstNonFiniteRow(source) {
        throw CheckpointError(file: source.file, cause: .nonFinite(object: source.name, row: row))
      }
    }
  }
}

extension CheckpointError {
  /// Numbers whose squares are beyond double precision, in `source` or in the factors that go with it.
  static func beyondRange(_ source: any ColumnBlocks) -> CheckpointError {
    CheckpointError(
      file: source.file,
      cause: .invalid(
        object: source.name,
        reason:
          "some squares of these numbers or of the factors are too large or too small for double precision: scale the loss"
      ))
  }
}
