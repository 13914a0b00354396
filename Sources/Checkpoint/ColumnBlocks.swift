/// Rows of numbers that can be had a block of columns at a time: the one way in which rows reach the mathematics,
/// so that a file, several shard files and an array serve alike.
///
/// Elements are copied as they are stored into the caller's own buffer, which the caller may then widen and scale in
/// place: a lent tile would have to be copied for that, and a file has to fill some buffer anyway.
public protocol ColumnBlocks: Sendable {
  /// Number of rows.
  var rowCount: Int { get }
  /// Number of columns.
  var columnCount: Int { get }
  /// How one number is stored.
  var elementType: ElementType { get }
  /// What the rows are called in messages, such as `/gradients`.
  var name: String { get }
  /// The file that they are in, for messages.
  var file: String { get }
  /// Checksums of the stored elements, where the file tells them: whoever reads a whole tile can find damage.
  var checksums: TileChecksums? { get }

  /// Whether whoever reads all of them has had them compared with checksums.
  var isVerified: Bool { get }

  /// The file that `column` is in, where there are several.
  func file(of column: Int) -> String

  /// The row of the file that `row` is: another one only where rows were selected.
  func storedRow(_ row: Int) -> Int

  /// Copies the stored elements of `columns` of `rows` to `destination`: element (r, c) of the block begins at byte
  /// r · `rowStride` + c · `elementType.byteCount`; bytes between rows are left alone.
  ///
  /// Blocks may be asked for in any order and from several threads at once. Throws where they cannot be read.
  func copy(
    rows: Range<Int>, columns: Range<Int>, to destination: inout MutableRawSpan, rowStride: Int
  ) throws(CheckpointError)
}

extension ColumnBlocks {
  /// Where the tiles of a row are that checksums are of.
  public var tiles: TileColumns { checksums?.tiles ?? TileColumns(columnCount: columnCount) }
  /// Where there are checksums.
  public var isVerified: Bool { checksums != nil }
  /// ``file``
  public func file(of column: Int) -> String { file }
  /// None.
  public var checksums: TileChecksums? { nil }
  /// `row` itself.
  public func storedRow(_ row: Int) -> Int { row }
}
