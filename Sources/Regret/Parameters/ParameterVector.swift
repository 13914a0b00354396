internal import Checkpoint

/// θ, a part at a time.
struct ParameterVector: Sendable {
  let source: any ColumnBlocks

  /// The numbers of `columns`, in double precision.
  func values(_ columns: Range<Int>) throws(CheckpointError) -> [Double] {
    try RowReader.numbers(of: 0, columns, source)
  }

  /// Whether all numbers within `share`, whole tiles, are finite; throws where they have not the checksums that the file tells.
  func isFinite(within share: Range<Int>?) throws(CheckpointError) -> Bool {
    let tiles = source.tiles
    var isFinite = true
    for tile in 0..<tiles.count where share?.contains(tiles[tile].lowerBound) ?? true {
      let parts = source.checksums == nil ? tiles[tile].pieces(of: 1 << 20) : [tiles[tile]]
      for part in parts {
        let values = try RowReader.matrix([0], of: source, part)
        isFinite = isFinite && values.elements.allSatisfy(\.isFinite)
      }
    }
    return isFinite
  }
}
