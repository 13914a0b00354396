/// What the index of a sharded checkpoint tells of one shard.
public struct StoredShard: Hashable, Codable, Sendable {
  /// The file's name in the folder of the shards.
  public let name: String
  /// Its first column among those of the checkpoint.
  public let offset: Int
  /// Its number of columns.
  public let count: Int
  /// The checksum of the shard's description.
  public let checksum: UInt64

  /// Columns `offset` to `offset + count − 1`, in the file `name`.
  public init(name: String, offset: Int, count: Int, checksum: UInt64) {
    self.name = name
    self.offset = offset
    self.count = count
    self.checksum = checksum
  }

  /// Its columns among those of the checkpoint.
  public var columns: Range<Int> { offset..<(offset + count) }

  /// The ending of a shards' folder, in place of the index's `.h5`.
  public static let folderSuffix = ".shards"

  /// The most shards of one checkpoint.
  public static let limit = 4_096

  /// The folder of the shards of the index at `path`: `a/step-00000120.shards` for `a/step-00000120.h5`.
  public static func folder(of path: String) -> String {
    (path.hasSuffix(".h5") ? String(path.dropLast(3)) : path) + folderSuffix
  }

  /// The customary name of shard `number` of `count`: `00003-of-00008.h5`.
  public static func name(_ number: Int, of count: Int) -> String {
    "\(number.digits(5))-of-\(count.digits(5)).h5"
  }

  /// What is wrong with `shards` of `columnCount` columns: the dataset and the reason; nil where nothing is.
  static func fault(of shards: [StoredShard], columnCount: Int) -> (object: String, reason: String)? {
    guard !shards.isEmpty else { return ("/shards/file", "no shards") }
    guard shards.count <= limit else { return ("/shards/file", "\(shards.count) shards, more than \(limit)") }
    var names = Set<[UInt8]>()
    for shard in shards {
      let bytes = Array(shard.name.utf8)
      guard !bytes.isEmpty, bytes.count <= 255, bytes[0] != UInt8(ascii: "."),
        !bytes.contains(where: { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "\\") || $0 < 0x20 || $0 == 0x7f })
      else { return ("/shards/file", "\(shard.name.debugDescription) is no name of a file in the shards' folder") }
      guard names.insert(bytes).inserted else {
        return ("/shards/file", "\(shard.name.debugDescription) stands twice")
      }
    }
    var next = 0
    for shard in shards.sorted(by: { ($0.offset, $0.count) < ($1.offset, $1.count) }) {
      guard shard.count > 0 else {
        return ("/shards/count", "\(shard.name.debugDescription) has \(shard.count) columns: at least 1 is needed")
      }
      guard shard.offset == next, case (let end, false) = next.addingReportingOverflow(shard.count) else {
        let place = "begins at column \(shard.offset), not \(next): gap or overlap"
        return ("/shards/offset", "\(shard.name.debugDescription) \(place)")
      }
      next = end
    }
    guard next == columnCount else {
      return ("/shards/count", "the shards have \(next) columns together, but there are \(columnCount)")
    }
    return nil
  }
}
