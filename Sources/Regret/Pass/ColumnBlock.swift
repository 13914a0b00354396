internal import Checkpoint

/// One block of columns of the pass; never straddles tensors where tensors are told apart.
struct ColumnBlock: Hashable, Sendable {
  let columns: Range<Int>
  /// Place of the block's tensor among those told apart.
  let tensor: Int

  /// The most columns of a block: products of so many are added up in working precision, beyond it in double.
  static let width = TileChecksums.tileWidth

  /// The most columns of a piece, which is read and multiplied at once. Wider pieces of few rows take longer
  /// (Benchmarks/README.md).
  static let pieceWidth = 4_096
  /// The same where products are formed on ``Tiles``.
  static let tilePieceWidth = 1_024
  /// So many blocks at the end, of short files all, are narrow: with fewer, some workers would be without any.
  static let narrowCount = 32
  /// The most columns of a narrow block.
  static let narrowWidth = 4_096

  /// Cuts `tensors` into blocks, in the order of their columns and where `tiles` of checksums end; of pieces of `piece`
  /// columns.
  static func blocks(of tensors: [Range<Int>], tiles: TileColumns, piece: Int) -> [ColumnBlock] {
    var left = tensors.reduce(0) { $0 + $1.count }
    let narrow = max(piece, min(narrowWidth, left / narrowCount))
    return tensors.enumerated().flatMap { tensor, columns -> [ColumnBlock] in
      var blocks: [ColumnBlock] = []
      var lower = columns.lowerBound
      while lower < columns.upperBound {
        let tile = tiles[tiles.tile(of: lower)]
        let upper = min(columns.upperBound, tile.upperBound)
        let part = lower..<upper
        blocks += (part == tile && left > narrowCount * narrow ? [part] : part.pieces(of: narrow)).map {
          ColumnBlock(columns: $0, tensor: tensor)
        }
        left -= part.count
        lower = upper
      }
      return blocks
    }
  }
}

extension Range<Int> {
  /// Cut into equal parts of at most `width`: with a small last one, its products would run below the processor's rate.
  func pieces(of width: Int) -> [Range<Int>] {
    let parts = (count + width - 1) / width
    return (0..<parts).map { (lowerBound + count * $0 / parts)..<(lowerBound + count * ($0 + 1) / parts) }
  }
}
