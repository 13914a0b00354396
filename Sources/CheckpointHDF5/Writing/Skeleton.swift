internal import Checkpoint
internal import HDF5

/// A checkpoint file with everything in it but the rows and the losses, laid out by HDF5 in memory.
struct Skeleton: ~Copyable {
  /// The file's bytes; nothing is stored where the rows belong.
  let image: LayoutFile
  /// Length of the whole file.
  let byteCount: Int
  /// Where the rows go.
  let places: [RowBlock: BlockPlace]
  /// Where numbers of 8 bytes go that are known when all rows are, by the path of their dataset; none in a shard.
  let numberOffsets: [String: Int]
  /// Where the checksums of each block go, row-major.
  let checksumOffsets: [RowBlock: Int]
  /// Where the checksum of the description goes; nil in a shard, whose index holds it.
  let descriptionChecksumOffset: Int?

  /// Lays out the file that `header` tells of; `path` is for messages.
  init(_ header: CheckpointHeader, for path: String) throws(CheckpointError) {
    self = try LayoutFile.layingOut(path) {
      let image = try LayoutFile(roomFor: header.largestByteCount - header.rowByteCount)
      // HDF5 aligns what is at least as large as the smallest matrix.
      let sizes = header.blocks.map { $0.rowCount * header.columnCount * header.elementType.byteCount }
      let threshold = min(Self.alignment, sizes.min() ?? Self.alignment)
      let file = try File.create(at: image.path, alignment: Self.alignment, threshold: max(1, threshold))
      var layout = SkeletonLayout(header)
      try layout.lay(in: file)
      try file.close()
      guard header.isShard || (layout.numberOffsets[Self.lossPath] != nil && layout.descriptionChecksumOffset != nil),
        layout.checksumOffsets.count == layout.places.count
      else { throw HDF5Error("a dataset has no place in the file") }
      return try Skeleton(layout, image)
    }
  }

  private init(_ layout: SkeletonLayout, _ image: consuming LayoutFile) throws(SystemError) {
    byteCount = try image.byteCount
    places = layout.places
    numberOffsets = layout.numberOffsets
    checksumOffsets = layout.checksumOffsets
    descriptionChecksumOffset = layout.descriptionChecksumOffset
    self.image = image
  }

  /// The dataset of the losses.
  static let lossPath = "/minibatches/loss"

  /// Rows begin at multiples of it [bytes].
  static let alignment = 4_096

  /// The parts of the file that are not rows: what HDF5 wrote.
  var metadata: [Range<Int>] {
    var gaps: [Range<Int>] = []
    var next = 0
    for range in places.values.map(\.range).sorted(by: { $0.lowerBound < $1.lowerBound }) {
      if next < range.lowerBound { gaps.append(next..<range.lowerBound) }
      next = max(next, range.upperBound)
    }
    if next < byteCount { gaps.append(next..<byteCount) }
    return gaps
  }
}

extension CheckpointHeader {
  /// The matrices that the file holds, in the order in which they lie in it.
  var blocks: [(block: RowBlock, rowCount: Int)] {
    if case .index = part { return [] }
    return [(RowBlock.gradients, minibatchCount)] + factors.map { (.factors($0.kind), $0.rowCount) }
      + (sketch != nil ? [(.sketchedGradients, minibatchCount)] : []) + (hasParameters ? [(.parameters, 1)] : [])
  }

  /// Whether the file is a shard.
  var isShard: Bool {
    if case .shard = part { true } else { false }
  }
}
