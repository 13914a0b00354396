extension CheckpointDescription {
  /// The most bytes that one decoded matrix may take, whatever the file declares.
  public static let largestMatrix = 1 << 46

  /// This description if its parts agree with each other and fit a file of `fileByteCount` bytes; throws the first
  /// fault found. Nothing that was read from a file is used before this has passed.
  public func checked(file: String, fileByteCount: Int) throws(CheckpointError) -> CheckpointDescription {
    func fail(_ object: String, _ reason: String) -> CheckpointError {
      CheckpointError(file: file, cause: .invalid(object: object, reason: reason))
    }
    let count = gradients.rowCount
    let columns = gradients.columnCount

    for matrix in matrices {
      guard matrix.rowCount >= 0, matrix.columnCount >= 0, let size = matrix.byteCount, size <= Self.largestMatrix
      else { throw fail(matrix.path, "its extents are out of bounds") }
      if case .encoded(let tiles) = matrix.storage {
        // As decoded from another process: without elements they would come for ever.
        guard tiles.rowCount > 0, tiles.columnCount > 0 else { throw fail(matrix.path, "its tiles are empty") }
        let (elements, overflow) = min(tiles.rowCount, matrix.rowCount)
          .multipliedReportingOverflow(by: min(tiles.columnCount, matrix.columnCount))
        guard !overflow, elements <= DecodedFile.largestTile / matrix.elementType.byteCount else {
          throw fail(matrix.path, "its tiles are too large")
        }
      }
      if case .contiguous(let offset) = matrix.storage {
        guard offset >= 0, case (let end, false) = offset.addingReportingOverflow(size) else {
          throw fail(matrix.path, "its offset is out of bounds")
        }
        guard end <= fileByteCount else {
          throw CheckpointError(file: file, cause: .truncated(needed: end, found: fileByteCount))
        }
      }
    }

    guard count > 0 else { throw fail("/gradients", "no rows: at least 2 are needed") }
    guard count > 1 else { throw fail("/gradients", "one row: at least 2 are needed") }
    guard columns > 0 else { throw fail("/gradients", "no columns") }
    guard losses.count == count else {
      throw fail("/minibatches/loss", "\(losses.count) values for \(count) rows of /gradients")
    }
    guard batchSizes.count == count else {
      throw fail("/minibatches/size", "\(batchSizes.count) values for \(count) rows of /gradients")
    }
    if let row = batchSizes.firstIndex(where: { $0 < 1 }) {
      throw fail("/minibatches/size", "row \(row) is \(batchSizes[row]): at least 1 is needed")
    }
    if let steps = minibatchSteps, steps.count != count {
      throw fail("/minibatches/step", "\(steps.count) values for \(count) rows of /gradients")
    }
    if let hashes = batchHashes, hashes.count != count {
      throw fail("/minibatches/hash", "\(hashes.count) values for \(count) rows of /gradients")
    }
    if let fault = groups?.fault(minibatchCount: count) { throw fail(fault.object, fault.reason) }

    for stored in factors {
      let path = stored.matrix.path
      guard stored.kind.isStored else { throw fail(path, "no factors are stored for \(stored.kind.rawValue)") }
      guard stored.matrix.columnCount == columns else {
        throw fail(path, "\(stored.matrix.columnCount) columns, but /gradients has \(columns)")
      }
      guard stored.matrix.rowCount > 0 else { throw fail(path, "no rows") }
      if let ids = stored.minibatches {
        let name = "/fisher/\(stored.kind.rawValue)/minibatch"
        guard ids.count == stored.matrix.rowCount else {
          throw fail(name, "\(ids.count) values for \(stored.matrix.rowCount) rows of factors")
        }
        if let row = ids.firstIndex(where: { $0 < -1 || $0 >= count }) {
          throw fail(name, "row \(row) is \(ids[row]): −1 or a row of /gradients below \(count) is needed")
        }
      }
    }
    if let parameters, parameters.columnCount != columns {
      throw fail("/parameters", "\(parameters.columnCount) values, but /gradients has \(columns) columns")
    }

    if let checksums {
      for matrix in matrices where !checksums.contains(where: { $0.matrix == matrix.path }) {
        throw fail("/checksums", "those of \(matrix.path) are missing")
      }
      for stored in checksums {
        guard let matrix = matrices.first(where: { $0.path == stored.matrix }) else {
          throw fail("/checksums", "\(stored.matrix) is no matrix of this file")
        }
        let (count, overflow) = matrix.rowCount.multipliedReportingOverflow(
          by: TileChecksums.tileCount(columnCount: matrix.columnCount))
        guard !overflow, count <= Self.largestMatrix / 8 else { throw fail("/checksums", "they are out of bounds") }
        switch stored.storage {
        case .decoded(let values):
          guard values.count == count else {
            throw fail("/checksums", "\(values.count) for \(matrix.path), not \(count)")
          }
        case .contiguous(let offset):
          guard offset >= 0, case (let end, false) = offset.addingReportingOverflow(count * 8) else {
            throw fail("/checksums", "they are out of bounds")
          }
          guard end <= fileByteCount else {
            throw CheckpointError(file: file, cause: .truncated(needed: end, found: fileByteCount))
          }
        }
      }
    }

    guard !tensors.isEmpty else { throw fail("/tensors", "no tensors") }
    var next = 0
    // By their bytes: texts that Unicode takes for equal are different names.
    var names = Set<[UInt8]>()
    for tensor in tensors.sorted(by: { ($0.offset, $0.count) < ($1.offset, $1.count) }) {
      guard tensor.count >= 0 else { throw fail("/tensors/count", "\(tensor.name) has \(tensor.count) columns") }
      guard tensor.offset == next else {
        throw fail("/tensors/offset", "\(tensor.name) begins at column \(tensor.offset), not \(next): gap or overlap")
      }
      guard case (let end, false) = next.addingReportingOverflow(tensor.count) else {
        throw fail("/tensors/count", "\(tensor.name): out of bounds")
      }
      next = end
      guard tensor.count == 0 || tensor.hasMatchingShape else {
        throw fail("/tensors/shape", "\(tensor.name): \(tensor.shape) does not make \(tensor.count) columns")
      }
      guard names.insert(Array(tensor.name.utf8)).inserted else {
        throw fail("/tensors/name", "\(tensor.name) stands twice")
      }
    }
    guard next == columns else {
      throw fail("/tensors", "they cover \(next) columns, but /gradients has \(columns)")
    }
    return self
  }
}
