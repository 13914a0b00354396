internal import Checkpoint
internal import Checksum
internal import HDF5

extension GuardedFile {
  /// `description` with the places of its matrices' checksums, if the file holds checksums of the kind that is known
  /// here. Throws where the description itself does not have the checksum that the file tells.
  func addingChecksums(to description: CheckpointDescription) throws(CheckpointError) -> CheckpointDescription {
    guard let group = try group("/checksums") else { return description }
    let attributes = GuardedAttributes(file: path, object: "/checksums")
    guard try attributes.text("algorithm", of: group) == "XXH3-64",
      try attributes.integer("tile_width", of: group) == TileChecksums.tileWidth
    else { return description }

    let own = try required("/checksums/description").unsignedIntegers(extents: [])
    guard own == [description.checksum] else {
      throw CheckpointError(file: path, cause: .damaged(object: "its description"))
    }
    var tables: [StoredChecksums] = []
    for matrix in description.matrices {
      let tileCount = TileChecksums.tileCount(columnCount: matrix.columnCount)
      let isRow = matrix.path == "/parameters"
      let table = try required("/checksums" + matrix.path)
      let extents = isRow ? [tileCount] : [matrix.rowCount, tileCount]
      try table.checkUnsignedIntegers(extents: extents)
      if case .contiguous = table.information.layout, let offset = table.information.offset,
        table.information.type == .scalar(.uint64, isLittleEndian: true)
      {
        tables.append(StoredChecksums(matrix: matrix.path, storage: .contiguous(offset: offset)))
      } else {
        let values = try table.unsignedIntegers(extents: extents)
        tables.append(StoredChecksums(matrix: matrix.path, storage: .decoded(values)))
      }
    }
    var description = description
    description.checksums = tables
    return description
  }
}

extension GuardedDataset {
  /// Throws unless this is a dataset of unsigned integers of `extents` that is really there.
  fileprivate func checkUnsignedIntegers(extents: [Int]) throws(CheckpointError) {
    guard case .scalar(.uint64, _) = information.type else {
      throw invalid(information.type.words(where: "unsigned integers of 64 bits"))
    }
    guard self.extents == extents else { throw invalid("extents \(self.extents), not \(extents)") }
    try checkStorage(elementByteCount: 8)
  }

  /// All elements, which are unsigned integers of 64 bits.
  fileprivate func unsignedIntegers(extents: [Int]) throws(CheckpointError) -> [UInt64] {
    try checkUnsignedIntegers(extents: extents)
    try checkSmall(elementByteCount: 8)
    return try hdf5(file) { () throws(HDF5Error) in try dataset.unsignedIntegers(count: elementCount) }
  }
}
