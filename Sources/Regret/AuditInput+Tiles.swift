internal import Checkpoint
internal import Checksum

extension AuditInput {
  /// The same rows, of which factors that are cut into other tiles than the gradients have been checked: those of another
  /// file that is sharded otherwise. A pass checks rows on its way only where its blocks are whole tiles of all of them.
  ///
  /// Reads such factors once more, those of their tiles that begin in `columns`. Throws where they are damaged.
  func checkingOtherTiles(startingIn columns: Range<Int>? = nil) throws(CheckpointError) -> AuditInput {
    var input = self
    for index in factors.indices where factors[index].rows.checksums != nil {
      let rows = factors[index].rows
      guard rows.tiles != gradients.tiles else { continue }
      if let place = try rows.elementFaults(limit: 1, tilesStartingIn: columns).damaged?.first {
        throw .damaged(rows, row: place.row, tile: place.tile)
      }
      input.factors[index].rows = CheckedRows(source: rows)
    }
    return input
  }
}

/// Rows that have been compared with their checksums already.
struct CheckedRows: ColumnBlocks {
  let source: any ColumnBlocks

  var rowCount: Int { source.rowCount }
  var columnCount: Int { source.columnCount }
  var elementType: ElementType { source.elementType }
  var name: String { source.name }
  var file: String { source.file }
  var isVerified: Bool { true }

  func file(of column: Int) -> String { source.file(of: column) }
  func storedRow(_ row: Int) -> Int { source.storedRow(row) }

  func copy(
    rows: Range<Int>, columns: Range<Int>, to destination: inout MutableRawSpan, rowStride: Int
  ) throws(CheckpointError) {
    try source.copy(rows: rows, columns: columns, to: &destination, rowStride: rowStride)
  }
}
