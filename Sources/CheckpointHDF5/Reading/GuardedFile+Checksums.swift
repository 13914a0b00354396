internal import Checkpoint
internal import Checksum
internal import HDF5

extension GuardedFile {
  /// `description` with the places of its matrices' checksums, if the file holds checksums. Throws where the description
  /// itself does not have the checksum that the file tells, and where they are of an unknown kind: that is more often
  /// damage, which would otherwise hide all other damage.
  func addingChecksums(to description: CheckpointDescription) throws(CheckpointError) -> CheckpointDescription {
    guard try hasChecksums() else { return description }
    let own = try required("/checksums/description").unsignedIntegers(extents: [])
    guard own == [description.checksum] else {
      throw CheckpointError(file: path, cause: .damaged(object: "its description"))
    }
    if let groups = description.groups, let own = try dataset("/checksums/groups")?.unsignedIntegers(extents: []),
      own != [groups.checksum]
    {
      throw CheckpointError(file: path, cause: .damaged(object: "its groups of minibatches"))
    }
    if let own = try dataset("/checksums/configuration")?.unsignedIntegers(extents: []),
      own != [description.configuration.checksum]
    {
      throw CheckpointError(file: path, cause: .damaged(object: "its run's name and configuration"))
    }
    if let own = try dataset("/checksums/hashes")?.unsignedIntegers(extents: []),
      own != description.batchHashesChecksum.map({ [$0] })
    {
      throw CheckpointError(file: path, cause: .damaged(object: "its minibatches' hashes"))
    }
    var description = description
    description.checksums = try checksumTables(of: description.matrices.filter { $0.storage != .sharded })
    return description
  }

  /// Whether the file holds checksums, of the kind that is known here. Throws where they are of another, and where they
  /// are announced and missing.
  func hasChecksums() throws(CheckpointError) -> Bool {
    let isAnnounced = try announcesChecksums()
    guard let group = try group("/checksums") else {
      guard !isAnnounced else {
        throw invalid("/checksums", "missing, though the root group's attribute checksums says that they are there")
      }
      return false
    }
    let attributes = GuardedAttributes(file: path, object: "/checksums")
    guard let algorithm = try attributes.text("algorithm", of: group) else { throw attributes.missing("algorithm") }
    guard algorithm == TileChecksums.algorithm else {
      throw invalid(
        "/checksums: attribute algorithm",
        "\(algorithm.debugDescription) is not \(TileChecksums.algorithm.debugDescription)")
    }
    guard let width = try attributes.integer("tile_width", of: group) else { throw attributes.missing("tile_width") }
    guard width == TileChecksums.tileWidth else {
      throw invalid("/checksums: attribute tile_width", "\(width) is not \(TileChecksums.tileWidth)")
    }
    return true
  }

  /// Where the checksums of the tiles of `matrices` are.
  func checksumTables(of matrices: [StoredMatrix]) throws(CheckpointError) -> [StoredChecksums] {
    var tables: [StoredChecksums] = []
    var room = ReadingLimits.values
    for matrix in matrices {
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
        guard table.elementCount <= room else {
          let reason = "more than \(ReadingLimits.values) values to decode: store them contiguously"
          throw CheckpointError(file: path, cause: .refused(object: table.name, reason: reason))
        }
        room -= table.elementCount
        let values = try table.unsignedIntegers(extents: extents)
        tables.append(StoredChecksums(matrix: matrix.path, storage: .decoded(values)))
      }
    }
    return tables
  }

  /// Whether the root group says that there are checksums: without that, who takes them out goes unseen.
  private func announcesChecksums() throws(CheckpointError) -> Bool {
    guard let root = try group("/") else { return false }
    guard let algorithm = try GuardedAttributes(file: path).text("checksums", of: root) else { return false }
    guard algorithm == TileChecksums.algorithm else {
      throw invalid(
        "attribute checksums", "\(algorithm.debugDescription) is not \(TileChecksums.algorithm.debugDescription)")
    }
    return true
  }
}

extension GuardedDataset {
  /// Throws unless this is a dataset of unsigned integers of `extents` that is really there.
  func checkUnsignedIntegers(extents: [Int]) throws(CheckpointError) {
    guard case .scalar(.uint64, _) = information.type else {
      throw invalid(information.type.words(where: "unsigned integers of 64 bits"))
    }
    guard self.extents == extents else { throw invalid("extents \(self.extents), not \(extents)") }
    try checkStorage(elementByteCount: 8)
  }

  /// All elements, which are unsigned integers of 64 bits.
  func unsignedIntegers(extents: [Int]) throws(CheckpointError) -> [UInt64] {
    try checkUnsignedIntegers(extents: extents)
    return try hdf5(file) { () throws(HDF5Error) in try dataset.unsignedIntegers(count: elementCount) }
  }
}
