public import Checkpoint
internal import Checksum
internal import HDF5

/// Writes a file of sums over a share of a run's columns: numbers and, as JSON, what they are. It has its final name only
/// when it is whole and on the disk.
public enum PartWriter {
  /// Writes `numbers` and their `header`, JSON, to `path`, as part `number` of `count`.
  ///
  /// Throws where there is a file of that name already and where the disk refuses.
  public static func write(
    header: [UInt8], numbers: NumberSpool, part number: Int, of count: Int, creator: String, to path: String,
    operations: FileOperations = .system
  ) throws(CheckpointError) {
    let (image, place) = try layout(
      header: header, numberCount: numbers.count, part: number, of: count, creator: creator, for: path)
    var file = try TemporaryFile(for: path, byteCount: place + numbers.count * 8, operations: operations)
    try image.withUnsafeBufferPointer { (bytes) throws(CheckpointError) in
      try file.write(UnsafeRawBufferPointer(bytes), at: 0)
    }
    try numbers.forEachPiece { (bytes, start) throws(CheckpointError) in try file.write(bytes, at: place + start) }
    try file.publish()
  }

  /// All of the file but its numbers, which are last, and where these begin.
  private static func layout(
    header: [UInt8], numberCount: Int, part number: Int, of count: Int, creator: String, for path: String
  ) throws(CheckpointError) -> (image: [UInt8], numbers: Int) {
    try LayoutFile.layingOut(path) {
      let image = try LayoutFile(roomFor: header.count + (16 << 20))
      let file = try File.create(at: image.path, alignment: Skeleton.alignment, threshold: 8)
      let offset = try lay(header, numberCount, number, count, creator, in: file)
      try file.close()
      // Without numbers, they have no place.
      let place = try numberCount > 0 ? offset ?? 0 : image.byteCount
      let byteCount = try image.byteCount
      guard byteCount <= place + numberCount * 8 else { throw HDF5Error("the numbers are not at the end of the file") }
      return (try image.read(0..<place), place)
    }
  }

  private static func lay(
    _ header: [UInt8], _ numberCount: Int, _ number: Int, _ count: Int, _ creator: String, in file: borrowing File
  ) throws(HDF5Error) -> Int? {
    let root = try file.root()
    try root.addAttribute("format", PartReader.format)
    try root.addAttribute("format_version", PartReader.supportedVersion)
    try root.addAttribute("creator", creator)
    try root.addAttribute("part", number)
    try root.addAttribute("parts", count)
    let checksum = header.withUnsafeBytes { Hash.value(of: $0) }
    try root.addAttribute("checksum", PartDescription.text(of: checksum))
    let type = ScalarType.text(byteCount: header.count)
    let description = try root.createDataset("header", type, extents: [1])
    try description.write(header, as: type)
    try description.addAttribute("long_name", "what the numbers are sums of, JSON")
    let numbers = try root.createDataset("numbers", .float64, extents: [numberCount])
    try numbers.addAttribute("long_name", "sums, one after another")
    return numbers.offset
  }
}
