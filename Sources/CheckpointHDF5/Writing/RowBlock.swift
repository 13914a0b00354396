public import Checkpoint
internal import Checksum

/// A matrix of a checkpoint that is written row by row.
public enum RowBlock: Hashable, Sendable {
  /// G [N, P], gradients of the mean loss.
  case gradients
  /// S [M, P], factors of a Fisher kind.
  case factors(FisherKind)
  /// Gradients in a sketch that is not whitened [N, k].
  case sketchedGradients
  /// θ [1, P].
  case parameters

  /// Its dataset's path in the file.
  public var path: String {
    switch self {
    case .gradients: "/gradients"
    case .factors(let kind): "/fisher/\(kind.rawValue)/factors"
    case .sketchedGradients: StoredSketch.gradientsPath
    case .parameters: "/parameters"
    }
  }
}

/// Where the rows of a block go.
struct BlockPlace: Hashable, Sendable {
  /// First byte in the file.
  var offset: Int
  var rowCount: Int
  var columnCount: Int
  var elementType: ElementType

  var rowByteCount: Int { columnCount * elementType.byteCount }
  var byteCount: Int { rowCount * rowByteCount }
  var tileCount: Int { TileChecksums.tileCount(columnCount: columnCount) }

  /// Calls `body` with the number and the checksum of every tile in `bytes`, a piece of a row that begins at the byte
  /// `position` of it, where a tile begins too.
  func forEachChecksum(of bytes: UnsafeRawBufferPointer, at position: Int, _ body: (Int, UInt64) -> Void) {
    let tileByteCount = TileChecksums.tileWidth * elementType.byteCount
    var first = 0
    while first < bytes.count {
      let end = min(first + tileByteCount, bytes.count)
      let tile = UnsafeRawBufferPointer(rebasing: bytes[first..<end])
      body((position + first) / tileByteCount, Hash.value(of: tile))
      first = end
    }
  }

  var range: Range<Int> { offset..<(offset + byteCount) }
}
