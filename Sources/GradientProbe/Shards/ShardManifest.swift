internal import Checkpoint

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// What a rank tells the others of the checkpoint that is being put together: a small file beside its shard.
struct ShardManifest: Codable, Sendable {
  /// The session of rank 0 that it was written for: an older one is of a process that died.
  var session: String
  /// What became of its shard.
  var outcome: Outcome

  enum Outcome: Codable, Sendable {
    /// Its rows are known: which of them are finite.
    case captured(KeptRows)
    /// It is on the disk: what an index tells of it, and of the checkpoint.
    case written(StoredShard, CheckpointDescription, tensorsAreWhole: Bool)
    /// It will not come, and why.
    case failed(String)
  }

  /// When in a checkpoint's life it is written.
  enum Stage: String, CaseIterable {
    /// When the rows are known, where some may be left out.
    case captured = ".rows"
    /// When the shard is on the disk, or will not come.
    case written = ".manifest"
  }

  /// The name of that of `rank`.
  static func name(_ rank: Int, of count: Int, _ stage: Stage = .written) -> String {
    StoredShard.name(rank, of: count) + stage.rawValue
  }

  /// Losses and metrics may be infinite or not numbers, which property lists hold.
  func encoded() throws -> Data {
    let encoder = PropertyListEncoder()
    encoder.outputFormat = .binary
    return try encoder.encode(self)
  }

  /// The one in the file at `path`; nil where there is none that is whole.
  static func read(_ path: String) -> ShardManifest? {
    guard let data = try? Data(contentsOf: URL(filePath: path)) else { return nil }
    return try? PropertyListDecoder().decode(ShardManifest.self, from: data)
  }
}

extension [ShardManifest] {
  /// The descriptions and shards of all ranks, in their order; nil where one has none.
  var written: [(shard: StoredShard, description: CheckpointDescription, tensorsAreWhole: Bool)]? {
    let all = compactMap { manifest -> (StoredShard, CheckpointDescription, Bool)? in
      guard case .written(let shard, let description, let isWhole) = manifest.outcome else { return nil }
      return (shard, description, isWhole)
    }
    return all.count == count ? all.map { (shard: $0.0, description: $0.1, tensorsAreWhole: $0.2) } : nil
  }

  /// In what the ranks do not agree, in words; nil where they do.
  var disagreement: String? {
    guard let all = written, let first = all.first?.description else { return nil }
    for (rank, entry) in all.enumerated().dropFirst() {
      let other = entry.description
      let checks: [(String, Bool)] = [
        ("another run", other.run == first.run), ("another step", other.step == first.step),
        ("minibatches of other numbers or sizes", other.batchSizes == first.batchSizes),
        ("minibatches of other hashes", other.batchHashes == first.batchHashes),
        ("other groups of minibatches", other.groups == first.groups),
        ("other steps of minibatches", other.minibatchSteps == first.minibatchSteps),
        ("other factors", Set(other.factors.map(\.id)) == Set(first.factors.map(\.id))),
        ("another storage type", other.gradients.elementType == first.gradients.elementType),
        ("another likelihood", other.likelihood == first.likelihood),
        ("another sampling", other.sampling == first.sampling),
        ("parameters where the other has none", (other.parameters == nil) == (first.parameters == nil)),
        ("rows sketched otherwise", other.sketch?.id == first.sketch?.id),
        ("another kind of shard", entry.tensorsAreWhole == all[0].tensorsAreWhole),
        ("other tensors", !entry.tensorsAreWhole || other.tensors == first.tensors),
      ]
      if let failed = checks.first(where: { !$0.1 }) { return "rank \(rank) captured \(failed.0) than rank 0" }
    }
    return nil
  }
}

extension StoredSketch {
  /// What two ranks must have alike.
  fileprivate var id: [String] {
    ["\(header.seed)", header.pilotKind.rawValue, header.pilot]
  }
}

extension StoredFactors {
  /// What two ranks must have alike.
  fileprivate var id: [Int] {
    [FisherKind.allCases.firstIndex(of: kind)!, matrix.rowCount] + (minibatches ?? [])
  }
}
