public import Checkpoint
internal import Checksum

/// Writes one checkpoint file: rows in any order, then ``finish(losses:)``, which alone gives the file its name.
///
/// The file grows under the name `<path>.tmp` and is removed again if the writer goes away unfinished, so a reader never
/// sees half a checkpoint. HDF5 lays the file out in memory; rows go to the disk by pwrite(2).
public struct CheckpointWriter: ~Copyable {
  /// Where the file will be.
  public let path: String
  /// Bytes that it will have.
  public let byteCount: Int
  private let header: CheckpointHeader
  private let places: [RowBlock: BlockPlace]
  private let numberOffsets: [String: Int]
  private let checksumOffsets: [RowBlock: Int]
  private let descriptionChecksumOffset: Int?
  private var file: TemporaryFile
  private var rowsWritten: [RowBlock: [Bool]]
  private var checksums: [RowBlock: [UInt64]]

  /// Begins the checkpoint file `path`.
  ///
  /// Throws where `header` contradicts itself, where there is a file of that name already, where another writer is at
  /// work on it, and where the disk refuses.
  public init(
    _ header: CheckpointHeader, to path: String, operations: FileOperations = .system
  ) throws(CheckpointError) {
    try header.check(for: path)
    // The layout is a file too, as long as the checkpoint. HDF5 does not survive it if that meets the limit.
    if let limit = operations.sizeLimit(), limit < header.largestByteCount {
      throw CheckpointError(file: path, cause: .noSpace(needed: header.largestByteCount, available: limit))
    }
    let skeleton = try Skeleton(header, for: path)
    let file = try TemporaryFile(for: path, byteCount: skeleton.byteCount, operations: operations)
    for range in skeleton.metadata {
      let bytes: [UInt8]
      do throws(SystemError) {
        bytes = try skeleton.image.read(range)
      } catch {
        throw CheckpointError(error, file: path, byteCount: skeleton.byteCount, operations)
      }
      try bytes.withUnsafeBufferPointer { (bytes) throws(CheckpointError) in
        try file.write(UnsafeRawBufferPointer(bytes), at: range.lowerBound)
      }
    }
    self.path = path
    self.byteCount = skeleton.byteCount
    self.header = header
    self.places = skeleton.places
    self.numberOffsets = skeleton.numberOffsets
    self.checksumOffsets = skeleton.checksumOffsets
    self.descriptionChecksumOffset = skeleton.descriptionChecksumOffset
    self.checksums = skeleton.places.mapValues { [UInt64](repeating: 0, count: $0.rowCount * $0.tileCount) }
    self.file = file
    self.rowsWritten = skeleton.places.mapValues { [Bool](repeating: false, count: $0.rowCount) }
  }

  /// Writes a row of P numbers, rounded to the element type, as row `index` of `block`; a later one replaces it.
  ///
  /// Throws where the header tells of no such row, where P differs, and where the disk refuses.
  public mutating func write(_ row: Span<Float>, at index: Int, of block: RowBlock) throws(CheckpointError) {
    let place = try self.place(of: index, in: block, columnCount: row.count)
    let offset = place.offset + index * place.rowByteCount
    let firstChecksum = index * place.tileCount
    try row.withUnsafeBufferPointer { (row) throws(CheckpointError) in
      try place.elementType.forEachNarrowed(row) { (bytes, position) throws(CheckpointError) in
        try file.write(bytes, at: offset + position)
        place.forEachChecksum(of: bytes, at: position) { checksums[block]![firstChecksum + $0] = $1 }
      }
    }
    rowsWritten[block]![index] = true
  }

  /// Writes a row that is stored already, as ``RowSpool`` keeps it.
  mutating func write(stored row: UnsafeRawBufferPointer, at index: Int, of block: RowBlock) throws(CheckpointError) {
    let place = try self.place(
      of: index, in: block, columnCount: row.count / header.elementType.byteCount)
    try file.write(row, at: place.offset + index * place.rowByteCount)
    place.forEachChecksum(of: row, at: 0) { checksums[block]![index * place.tileCount + $0] = $1 }
    rowsWritten[block]![index] = true
  }

  /// Writes the mean loss of each minibatch [nats] and, of a sketch, the squares of its rows, waits until everything is on the
  /// disk and gives the file its name.
  ///
  /// Throws where a row is missing, where the number of losses is not N, and where the disk refuses; the file is then
  /// removed, unless the directory alone could not be made to last.
  public consuming func finish(losses: [Double], squares: CheckpointSquares? = nil) throws(CheckpointError) {
    guard losses.count == header.minibatchCount else {
      throw fault(Skeleton.lossPath, "\(losses.count) values for \(header.minibatchCount) rows of /gradients")
    }
    guard let descriptionChecksumOffset else {
      throw fault(Skeleton.lossPath, "a shard holds no losses: finishShard() ends it")
    }
    try completeRows()
    var description = header.description(at: places)
    description.losses = losses
    if let squares { description.sketch?.squares = squares }
    _ = try description.checked(file: path, fileByteCount: .max)
    for (name, values) in description.lateNumbers {
      guard let offset = numberOffsets[name] else { throw fault(name, "it has no place in the file") }
      try write(values.map(\.bitPattern), at: offset)
    }
    try write([description.checksum], at: descriptionChecksumOffset)
    try file.publish()
  }

  /// Ends a shard as ``finish(losses:)`` ends a checkpoint, and returns what its index has to tell of it.
  public consuming func finishShard() throws(CheckpointError) -> StoredShard {
    guard case .shard(let number, let count, let columns) = header.part else {
      throw fault("attribute shard", "it is no shard: finish(losses:) ends it")
    }
    try completeRows()
    let description = header.shardDescription(number: number, of: count)
    let tables = description.matrices.map { matrix in
      let block = places.keys.first { $0.path == matrix.path }!
      return TileChecksums(checksums[block]!, rowCount: matrix.rowCount, columnCount: matrix.columnCount)
    }
    try file.publish()
    return StoredShard(
      name: path.split(separator: "/").last.map(String.init) ?? path, offset: columns.lowerBound, count: columns.count,
      checksum: description.checksum(tables))
  }

  /// Throws where a row is missing; writes the checksums of all.
  private func completeRows() throws(CheckpointError) {
    for (block, _) in header.blocks {
      if let row = rowsWritten[block]!.firstIndex(of: false) { throw fault(block.path, "row \(row) was not written") }
    }
    for (block, offset) in checksumOffsets { try write(checksums[block]!, at: offset) }
  }

  private func write(_ words: [UInt64], at offset: Int) throws(CheckpointError) {
    try words.map(\.littleEndian).withUnsafeBufferPointer { (words) throws(CheckpointError) in
      try file.write(UnsafeRawBufferPointer(words), at: offset)
    }
  }

  private func place(of index: Int, in block: RowBlock, columnCount: Int) throws(CheckpointError) -> BlockPlace {
    guard let place = places[block] else { throw fault(block.path, "the header tells of no such rows") }
    guard index >= 0, index < place.rowCount else {
      throw fault(block.path, "row \(index) is written, but there are \(place.rowCount)")
    }
    guard columnCount == place.columnCount else {
      throw fault(block.path, "row \(index) has \(columnCount) numbers, not \(place.columnCount)")
    }
    return place
  }

  private func fault(_ object: String, _ reason: String) -> CheckpointError {
    CheckpointError(file: path, cause: .invalid(object: object, reason: reason))
  }
}

extension CheckpointDescription {
  /// The numbers that are known when all rows are, by the path of their dataset.
  fileprivate var lateNumbers: [(path: String, values: [Double])] {
    var all = [(Skeleton.lossPath, losses)]
    guard let sketch else { return all }
    let groups = [(nil, sketch.squares.gradients)] + sketch.squares.factors.map { (Optional($0.key), $0.value) }
    for (kind, squares) in groups {
      all += squares.arrays.map { ("\(StoredSketch.group(of: kind))/\($0.name)", $0.values) }
    }
    return all
  }
}
