public import Checkpoint

/// What is wrong with the elements of a matrix.
public struct ElementFaults: Hashable, Sendable {
  /// A tile of a row.
  public struct Place: Hashable, Sendable {
    /// 0-based row.
    public let row: Int
    /// 0-based tile of ``TileChecksums/tileWidth`` columns.
    public let tile: Int
  }

  /// Tiles that do not have the checksum that the file tells; nil where it tells none.
  public var damaged: [Place]?
  /// Rows with an element that is not a finite number.
  public var nonFiniteRows: [Int]

  /// These faults; none if nothing is told.
  public init(damaged: [Place]?, nonFiniteRows: [Int] = []) {
    self.damaged = damaged
    self.nonFiniteRows = nonFiniteRows
  }
}

extension ColumnBlocks {
  /// Reads every element once, a tile at a time, and tells what is wrong with them, at most `limit` places of each kind;
  /// only of the tiles that begin in `part` where that is told.
  public func elementFaults(
    limit: Int = 10, tilesStartingIn part: Range<Int>? = nil
  ) throws(CheckpointError) -> ElementFaults {
    let (checksums, tiles) = (checksums, tiles)
    var faults = ElementFaults(damaged: checksums == nil ? nil : [])
    let size = elementType.byteCount
    let buffer = UnsafeMutableRawBufferPointer.allocate(
      byteCount: min(columnCount, TileChecksums.tileWidth) * size, alignment: 16)
    defer { buffer.deallocate() }
    for row in 0..<rowCount {
      for tile in 0..<tiles.count where part?.contains(tiles[tile].lowerBound) ?? true {
        let columns = tiles[tile]
        let bytes = UnsafeMutableRawBufferPointer(rebasing: buffer[..<(columns.count * size)])
        var span = MutableRawSpan(_unsafeBytes: bytes)
        try copy(rows: row..<(row + 1), columns: columns, to: &span, rowStride: bytes.count)
        if let checksums, faults.damaged!.count < limit,
          Hash.value(of: UnsafeRawBufferPointer(bytes)) != checksums[row, tile]
        {
          faults.damaged!.append(.init(row: row, tile: tile))
        }
        if faults.nonFiniteRows.count < limit, faults.nonFiniteRows.last != row,
          !elementType.isFinite(UnsafeRawBufferPointer(bytes))
        {
          faults.nonFiniteRows.append(row)
        }
      }
    }
    return faults
  }
}

extension ElementType {
  /// Whether all elements in `bytes` are finite: those with all bits of the exponent set are not.
  fileprivate func isFinite(_ bytes: UnsafeRawBufferPointer) -> Bool {
    switch self {
    case .float16: !bytes.bindMemory(to: UInt16.self).contains { $0 & 0x7c00 == 0x7c00 }
    case .bfloat16: !bytes.bindMemory(to: UInt16.self).contains { $0 & 0x7f80 == 0x7f80 }
    case .float32: !bytes.bindMemory(to: UInt32.self).contains { $0 & 0x7f80_0000 == 0x7f80_0000 }
    case .float64: !bytes.bindMemory(to: UInt64.self).contains { $0 >> 52 & 0x7ff == 0x7ff }
    }
  }
}
