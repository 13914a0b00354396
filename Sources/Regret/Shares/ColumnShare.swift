public import Checkpoint

/// Which of several shares of the columns a process reads: equal parts, cut where tiles of checksums end so that each
/// can be verified on its own.
public struct ColumnShare: Hashable, Codable, Sendable {
  /// 1-based number of the share.
  public let number: Int
  /// Shares in all.
  public let count: Int

  /// The most shares.
  public static let limit = 65_536

  /// Share `number` of `count`; nil where there is no such share.
  public init?(_ number: Int, of count: Int) {
    guard 1...Self.limit ~= count, 1...count ~= number else { return nil }
    self.number = number
    self.count = count
  }

  /// Its columns; none where there are fewer tiles than shares.
  public func columns(of tiles: TileColumns) -> Range<Int> {
    end(number - 1, tiles)..<end(number, tiles)
  }

  /// Where the first `shares` end: at the end of a tile, the one nearest to an equal part.
  private func end(_ shares: Int, _ tiles: TileColumns) -> Int {
    guard shares > 0, tiles.count > 0 else { return 0 }
    guard shares < count else { return tiles.columnCount }
    let (whole, rest) = tiles.columnCount.quotientAndRemainder(dividingBy: count)
    let place = whole * shares + rest * shares / count
    guard place < tiles.columnCount else { return tiles.columnCount }
    let tile = tiles[tiles.tile(of: place)]
    return place - tile.lowerBound < tile.upperBound - place ? tile.lowerBound : tile.upperBound
  }
}
