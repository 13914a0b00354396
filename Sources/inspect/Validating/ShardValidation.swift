internal import Checkpoint
internal import Digest

/// Looks for what can be wrong with the shards of a checkpoint.
enum ShardValidation {
  /// What there is to say of each of the shards of the checkpoint file at `path`, which says `description` of itself;
  /// nothing where it is no index.
  static func examine(_ path: String, _ description: CheckpointDescription) -> [Finding] {
    guard let shards = description.shards else { return [] }
    let folder = StoredShard.folder(of: path)
    var findings: [Finding] = []
    for (number, shard) in shards.enumerated() {
      do throws(CheckpointError) {
        let file = folder + "/" + shard.name
        findings.append(Finding(file, .sha256, try SHA256.digest(of: ReadOnlyFile(opening: file))))
        _ = try openShard(number, of: description, index: path)
      } catch {
        findings.append(Finding(error))
      }
    }
    let names = Set(shards.map(\.name))
    for name in (try? RunFiles.entries(of: folder)) ?? [] where !names.contains(name) {
      findings.append(Finding(folder + "/" + name, .note, "\(path) does not list it: readers pass over it"))
    }
    return findings
  }

  /// Folders of shards in `directory` that belong to none of its checkpoint `files`: of a writer that died, or whose index
  /// is missing.
  static func leftovers(in directory: String, beside files: [String]) -> [Finding] {
    let owned = Set(files.map(StoredShard.folder))
    return RunFiles.shardFolders(directory).filter { !owned.contains($0) }.map {
      Finding($0, .note, "shards without an index: they are no checkpoint, and readers pass over them")
    }
  }
}
