internal import Checkpoint

/// A filled row as it is stored.
struct CapturedRow {
  /// P numbers, or of a sketch k, whitened.
  var numbers: [Float]
  /// Of a sketched gradient: the k numbers of another sketch that is not whitened.
  var raw: [Float]?
  /// Of a sketched row.
  var squares: RowSquares?

  /// Numbers that are stored as they are.
  init(_ numbers: consuming [Float], raw: consuming [Float]? = nil, squares: RowSquares? = nil) {
    self.numbers = numbers
    self.raw = raw
    self.squares = squares
  }
}
