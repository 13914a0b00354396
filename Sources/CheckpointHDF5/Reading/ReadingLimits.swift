/// What a reader of other people's files puts up with. A file of a thousand tensors and a hundred thousand factor rows
/// stays well below.
enum ReadingLimits {
  /// Links in the whole file.
  static let links = 1_024
  /// Groups within groups.
  static let depth = 8
  /// Bytes of a link's or attribute's name.
  static let nameByteCount = 255
  /// Bytes of an attribute's value.
  static let attributeByteCount = 4_096
  /// Attributes of `/metrics`.
  static let metrics = 1_024
  /// Bytes of a dataset that is read as a whole: losses, sizes, ids, names.
  static let smallDatasetByteCount = 64 << 20
  /// Bytes of a decoded chunk.
  static let chunkByteCount = 64 << 20
  /// Bytes that come out of one stored byte; deflate reaches 1,032.
  static let expansion = 1_032
}
