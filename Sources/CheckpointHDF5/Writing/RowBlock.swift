public import Checkpoint

/// A matrix of a checkpoint that is written row by row.
public enum RowBlock: Hashable, Sendable {
  /// G [N, P], gradients of the mean loss.
  case gradients
  /// S [M, P], factors of a Fisher kind.
  case factors(FisherKind)
  /// θ [1, P].
  case parameters

  /// Its dataset's path in the file.
  public var path: String {
    switch self {
    case .gradients: "/gradients"
    case .factors(let kind): "/fisher/\(kind.rawValue)/factors"
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
  var range: Range<Int> { offset..<(offset + byteCount) }
}
