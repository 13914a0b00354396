extension CheckpointDescription {
  /// This description if its parts agree with each other and fit a file of `fileByteCount` bytes; throws the first
  /// fault found. Nothing that was read from a file is used before this has passed.
  public func checked(file: String, fileByteCount: Int) throws(CheckpointError) -> CheckpointDescription {
    func fail(_ object: String, _ reason: String) -> CheckpointError {
      CheckpointError(file: file, cause: .invalid(object: object, reason: reason))
    }
    let count = gradients.rowCount
    let columns = gradients.columnCount

    for matrix in matrices { try matrix.check(file: file, fileByteCount: fileByteCount) }

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
      try StoredChecksums.check(
        checksums, of: matrices.filter { $0.storage != .sharded }, file: file, fileByteCount: fileByteCount)
    }
    if let shards {
      if let fault = StoredShard.fault(of: shards, columnCount: columns) { throw fail(fault.object, fault.reason) }
    } else if let matrix = matrices.first(where: { $0.storage == .sharded }) {
      throw fail(matrix.path, "it lies in shards, of which the file tells nothing")
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
    guard sketch != nil || next == columns else {
      throw fail("/tensors", "they cover \(next) columns, but /gradients has \(columns)")
    }
    if let fault = sketchFault { throw fail(fault.object, fault.reason) }
    return self
  }
}
