internal import Checkpoint
internal import HDF5

/// What an index of shards tells in place of matrices.
extension GuardedFile {
  /// The datasets that only an index has.
  static var shardDatasets: [String] { ["file", "offset", "count", "checksum"].map { "/shards/" + $0 } }

  /// The shards, not checked.
  func shards() throws(CheckpointError) -> [StoredShard] {
    let names = try required("/shards/file").texts()
    let (offsets, counts) = (try required("/shards/offset").integers(), try required("/shards/count").integers())
    for (name, count) in [("offset", offsets.count), ("count", counts.count)] where count != names.count {
      throw invalid("/shards/\(name)", "\(count) values for \(names.count) files")
    }
    let checksums = try required("/shards/checksum").unsignedIntegers(extents: [names.count])
    return names.indices.map {
      StoredShard(name: names[$0], offset: offsets[$0], count: counts[$0], checksum: checksums[$0])
    }
  }

  /// G as far as the index tells: how its numbers are stored, the shards do.
  func shardedGradients(rowCount: Int, columns: [Int]) throws(CheckpointError) -> StoredMatrix {
    for name in ["/gradients", "/parameters", StoredSketch.gradientsPath] where objects[name] != nil {
      throw invalid(name, "an index of shards holds no matrices")
    }
    var columnCount = 0
    for (tensor, count) in columns.enumerated() {
      guard count >= 0, case (let sum, false) = columnCount.addingReportingOverflow(count) else {
        throw invalid("/tensors/count", "tensor \(tensor) has \(count) columns")
      }
      columnCount = sum
    }
    return Self.sharded("/gradients", rowCount: rowCount, columnCount: columnCount)
  }

  /// The factors whose minibatches the index tells.
  func shardedFactors(columnCount: Int) throws(CheckpointError) -> [StoredFactors] {
    var all: [StoredFactors] = []
    for kind in FisherKind.allCases where kind.isStored {
      let group = "/fisher/\(kind.rawValue)"
      if objects[group + "/factors"] != nil {
        throw invalid(group + "/factors", "an index of shards holds no matrices")
      }
      guard let ids = try dataset(group + "/minibatch")?.integers() else { continue }
      let matrix = Self.sharded(group + "/factors", rowCount: ids.count, columnCount: columnCount)
      all.append(StoredFactors(kind: kind, matrix: matrix, minibatches: ids))
    }
    return all
  }

  static func sharded(_ path: String, rowCount: Int, columnCount: Int) -> StoredMatrix {
    StoredMatrix(path: path, rowCount: rowCount, columnCount: columnCount, elementType: .float32, storage: .sharded)
  }
}
