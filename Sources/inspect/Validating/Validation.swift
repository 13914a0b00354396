internal import Checkpoint
internal import Checksum
internal import Digest
internal import Landscape

/// Looks for everything that can be wrong with files and runs.
enum Validation {
  /// What there is to say of `path`, a file or a directory of them.
  static func findings(in path: String) -> [Finding] {
    do throws(CheckpointError) {
      guard let files = try RunFiles.list(path) else {
        return path.hasSuffix(Slice.fileSuffix) ? SliceValidation.examine(path).findings : examine(path).findings
      }
      let examined = files.map { (file: $0, result: examine($0, isMember: true)) }
      let described = examined.compactMap { file, result in
        result.description.map { (file: file, description: $0) }
      }
      let slices = try RunFiles.slices(in: path).map { (file: $0, result: SliceValidation.examine($0)) }
      let readable = slices.compactMap { file, result in result.slice.map { (file: file, slice: $0) } }
      return examined.flatMap(\.result.findings) + slices.flatMap(\.result.findings)
        + ShardValidation.leftovers(in: path, beside: files) + RunDirectory.faults(of: described).map(Finding.init)
        + SliceValidation.faults(of: readable, beside: described, among: files)
    } catch {
      return [Finding(error)]
    }
  }

  /// What there is to say of the file at `path` alone.
  private static func examine(
    _ path: String, isMember: Bool = false
  ) -> (findings: [Finding], description: CheckpointDescription?) {
    var findings: [Finding] = []
    do throws(CheckpointError) {
      let digest = try SHA256.digest(of: ReadOnlyFile(opening: path))
      findings.append(Finding(path, .sha256, digest))
      let (index, file, decoded) = try describeCheckpoint(path)
      let shards = ShardValidation.examine(path, index)
      findings += shards
      if shards.contains(where: { $0.kind == .fault }) { return (findings, nil) }
      let checkpoint =
        try shards.isEmpty
        ? OpenCheckpoint(index, in: file, decoded: decoded) : openCheckpoint(path)
      let description = checkpoint.description
      findings += notes(on: description, file: path)
      for matrix in description.matrices {
        findings += faults(in: try checkpoint.blocks(matrix), file: path)
      }
      findings += numbers(description).map { Finding(path, .note, $0) }
      if !findings.contains(where: { $0.kind == .fault }) { findings.append(Finding(path, .ok, summary(description))) }
      return (findings, description)
    } catch {
      if isMember && error.isOtherKind {
        return (findings + [Finding(path, .note, "\(error.cause): readers of the directory pass over it")], nil)
      }
      return (findings + [Finding(error)], nil)
    }
  }

  private static func faults(in blocks: any ColumnBlocks, file: String) -> [Finding] {
    do throws(CheckpointError) {
      let faults = try blocks.elementFaults()
      return (faults.damaged ?? []).map { place in
        Finding(.damaged(blocks, row: place.row, tile: place.tile))
      }
        + faults.nonFiniteRows.map { row in
          Finding(CheckpointError(file: file, cause: .nonFinite(object: blocks.name, row: row)))
        }
    } catch {
      return [Finding(error)]
    }
  }

  /// What a file of another program may leave out, and what that costs.
  private static func notes(on description: CheckpointDescription, file: String) -> [Finding] {
    var notes: [String] = []
    if description.checksums == nil {
      notes.append("no checksums: damage to it would go unseen")
    }
    for (name, text) in [("creator", description.creator), ("created", description.created)] where text.isEmpty {
      notes.append("attribute \(name) is missing or empty: where it came from cannot be told")
    }
    if description.factors.isEmpty {
      notes.append("no Fisher factors: KL measures use the minibatch Fisher, an estimate of the empirical one")
    }
    for stored in description.factors where stored.minibatches == nil {
      let name = "/fisher/\(stored.kind.rawValue)/minibatch"
      notes.append("\(name) is missing: held-out measures, and damping by minibatches, cannot be computed")
    }
    if description.parameters == nil {
      notes.append("/parameters is missing: factors of another file can be matched by run and step alone")
    }
    if description.sampling == .path && description.minibatchSteps == nil {
      notes.append("/minibatches/step is missing: how far the parameters moved between rows cannot be told")
    }
    if description.sampling == .path {
      notes.append("sampling is path: rows belong to different parameters, and the measures are defined at one")
    }
    if let groups = description.groups {
      for (name, members) in zip(groups.names, groups.members) where members.count == 1 {
        notes.append("group \(name.debugDescription) has one minibatch: nothing can be told of pairs within it")
      }
      if let size = description.batchSizes.first, description.batchSizes.contains(where: { $0 != size }),
        Set(groups.members.map { members in Set(members.map { description.batchSizes[$0] }) }).count > 1
      {
        notes.append("minibatches of different groups differ in size, on which regret and cosine depend")
      }
    }
    for chunks in description.unwrittenChunks {
      notes.append(
        "\(chunks.matrix): \(chunks.count) of \(chunks.total) chunks were never written: they read as the fill value, 0 as a rule"
      )
    }
    if description.isPartial {
      notes.append("attribute partial is 1: it lacks rows that its writer was to write")
    }
    for matrix in description.encodedMatrices {
      notes.append("\(matrix.path) is chunked, filtered or of another byte order: it is decoded at every reading")
    }
    return notes.map { Finding(file, .note, $0) }
  }

  /// Losses and metrics that are not finite: unusual, but not wrong.
  private static func numbers(_ description: CheckpointDescription) -> [String] {
    var notes = description.metrics.sorted { $0.key < $1.key }.filter { !$0.value.isFinite }
      .map { "metric \($0.key) is \($0.value)" }
    if let row = description.losses.firstIndex(where: { !$0.isFinite }) {
      notes.append("/minibatches/loss: row \(row) is \(description.losses[row])")
    }
    return notes
  }

  private static func summary(_ description: CheckpointDescription) -> String {
    let groups = description.groups.map { groups in
      zip(groups.names, groups.members).map { ", \($1.count) of \($0.debugDescription)" }.joined()
    }
    let factors = description.factors.map { ", \($0.matrix.rowCount) \($0.kind.rawValue) factors" }.joined()
    let shards = description.shards.map { ", in \($0.count) shards" } ?? ""
    let sketch = description.sketch == nil ? "" : " in \(description.columnCount) sums a row"
    let checksums = description.checksums == nil ? "no checksums" : "all checksums match"
    return "step \(description.step), \(description.minibatchCount) gradients of \(description.parameterCount) "
      + "parameters\(sketch)\(groups ?? "")\(factors)\(shards); \(checksums)"
  }
}
