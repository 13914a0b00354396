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
  /// Values of a checkpoint's datasets that are read as a whole, taken together: losses, sizes, ids, layouts, and
  /// checksums that have to be decoded. Each takes about 100 bytes on its way through the reading process.
  static let values = 1 << 20
  /// The same for a slice, whose losses they are.
  static let sliceValues = 1 << 22
  /// Bytes of the texts of a dataset.
  static let textByteCount = 8 << 20
  /// Bytes of a decoded chunk.
  static let chunkByteCount = 64 << 20
  /// Bytes that come out of one stored byte; deflate reaches 1,032.
  static let expansion = 1_032
}
