internal import Checkpoint
internal import HDF5

extension GuardedFile {
  /// The matrix at `name`, a single row where `rank` is 1; nil where there is none. None of it is read.
  func matrix(_ name: String, rank: Int) throws(CheckpointError) -> StoredMatrix? {
    guard let dataset = try dataset(name) else { return nil }
    guard dataset.extents.count == rank else {
      throw invalid(name, "\(dataset.extents.count) axes, not \(rank)")
    }
    let (elementType, isLittleEndian) = try elementType(of: dataset)
    try dataset.checkStorage(elementByteCount: elementType.byteCount)
    let rowCount = rank == 1 ? 1 : dataset.extents[0]
    let columnCount = dataset.extents[rank - 1]
    let storage: StoredMatrix.Storage
    switch dataset.information.layout {
    case _ where dataset.elementCount == 0: storage = .contiguous(offset: 0)
    case .contiguous where isLittleEndian:
      guard let offset = dataset.information.offset else { throw invalid(name, "nothing is stored") }
      storage = .contiguous(offset: offset)
    case .contiguous, .compact, .other:
      storage = .encoded(tiles: grid(rowCount, columnCount, elementType, unit: (1, 1)))
    case .chunked(let chunk):
      let unit = (rank == 1 ? 1 : chunk[0], chunk[rank - 1])
      storage = .encoded(tiles: grid(rowCount, columnCount, elementType, unit: unit))
    }
    return StoredMatrix(
      path: name, rowCount: rowCount, columnCount: columnCount, elementType: elementType, storage: storage)
  }

  /// The chunks of `matrix` that the file lacks; nil where it has all, or no chunks.
  func unwrittenChunks(of matrix: StoredMatrix) throws(CheckpointError) -> UnwrittenChunks? {
    guard case .encoded = matrix.storage, let dataset = try dataset(matrix.path),
      case .chunked(let chunk) = dataset.information.layout
    else { return nil }
    let total = zip(dataset.extents, chunk).reduce(1) { $0 * ($1.0 / $1.1 + ($1.0 % $1.1).signum()) }
    let stored = try hdf5(path) { () throws(HDF5Error) in try dataset.dataset.storedChunkCount() }
    guard stored < total else { return nil }
    return UnwrittenChunks(matrix: matrix.path, count: total - stored, total: total)
  }

  private func elementType(of dataset: borrowing GuardedDataset) throws(CheckpointError) -> (ElementType, Bool) {
    switch dataset.information.type {
    case .scalar(.float16, let isLittleEndian): return (.float16, isLittleEndian)
    case .scalar(.bfloat16, let isLittleEndian): return (.bfloat16, isLittleEndian)
    case .scalar(.float32, let isLittleEndian): return (.float32, isLittleEndian)
    case .scalar(.float64, let isLittleEndian): return (.float64, isLittleEndian)
    case .scalar(.uint16, let isLittleEndian):
      let attributes = GuardedAttributes(file: path, object: dataset.name)
      guard let encoding = try attributes.text("encoding", of: dataset.dataset) else {
        throw invalid(dataset.name, "uint16 without the attribute encoding = bfloat16")
      }
      guard encoding == "bfloat16" else { throw invalid(dataset.name, "encoding \(encoding) is not known here") }
      return (.bfloat16, isLittleEndian)
    case .opaque(byteCount: 2):
      throw invalid(
        dataset.name,
        "it is opaque elements of two bytes, as Python's bfloat16 comes out: store array.view(\"uint16\") and give the "
          + "dataset the attribute encoding = bfloat16")
    case let type:
      throw invalid(dataset.name, type.words(where: "floating-point numbers"))
    }
  }

  /// Tiles of whole units (chunks), wide and then tall, of a few MiB: a tile is one call of HDF5 and one piece on the
  /// pipe.
  private func grid(
    _ rowCount: Int, _ columnCount: Int, _ elementType: ElementType, unit: (rows: Int, columns: Int)
  ) -> TileGrid {
    let elements = Self.tileByteCount / elementType.byteCount
    let (rows, columns) = (min(unit.rows, rowCount), min(unit.columns, columnCount))
    let across = max(1, elements / (rows * columns))
    let width = min(columnCount, columns * across)
    let down = width == columnCount ? max(1, elements / (rows * width)) : 1
    return TileGrid(rowCount: min(rowCount, rows * down), columnCount: width)
  }

  private static var tileByteCount: Int { 4 << 20 }
}
