internal import Checkpoint
public import CheckpointHDF5
public import Regret

/// Makes one part of a run.
struct PartMaker {
  private let auditor: Auditor
  private let settings: PartSettings
  private let share: ColumnShare
  private let isDouble: Bool

  init(_ auditor: Auditor, _ settings: PartSettings, _ share: ColumnShare, isDouble: Bool) {
    self.auditor = auditor
    self.settings = settings
    self.share = share
    self.isDouble = isDouble
  }

  /// Adds up the share of all files that `paths` stand for and writes the part to `output`. Returns false where that very
  /// part is there already. Throws where any file cannot be read, and where `output` is anything else.
  func make(_ paths: [String], _ output: String) throws -> Bool {
    let listed = try paths.map { path in
      PartHeader.Path(
        path: path, isDirectory: RunFiles.isDirectory(path), files: try RunFiles.list(path) ?? [path])
    }
    if RunFiles.exists(output) {
      let found = try each(listed) { try checksum($1) }
      guard let there = try? OpenPart(output), isSame(there.header, found) else {
        throw CheckpointError(file: output, cause: .alreadyExists)
      }
      return false
    }
    try OutputFile.checkNew(output)
    let spool = try NumberSpool(for: output)
    let checkpoints = try each(listed) { file, rows in
      PartHeader.Checkpoint(
        file: file, description: rows.checkpoint.description.withoutTiles, checksum: try checksum(rows),
        outline: InputOutline(rows.input),
        sums: try auditor.sums(over: share, of: rows, isDouble: isDouble, store: spool))
    }
    let kept = listed.map { path in
      PartHeader.Path(
        path: path.path, isDirectory: path.isDirectory,
        files: path.files.filter { file in checkpoints.contains { $0.file == file } })
    }
    let header = PartHeader(share: share, settings: settings, paths: kept, checkpoints: checkpoints)
    try PartWriter.write(
      header: try ReaderJSON.encode(header), numbers: spool, part: share.number, of: share.count,
      creator: Inspect.name, to: output)
    return true
  }

  /// What `work` makes of each checkpoint file, one after another.
  private func each<Result>(
    _ listed: [PartHeader.Path], _ work: (_ file: String, Auditor.Rows) throws -> Result
  ) throws -> [Result] {
    var results: [Result] = []
    for path in listed {
      for file in path.files {
        do {
          results.append(try work(file, try auditor.rows(of: file)))
        } catch let error as CheckpointError {
          // An export, a slice or a part, such as one that was made before.
          guard path.isDirectory && error.isOtherKind else { throw error }
        } catch let error as AuditError {
          throw Failure(text: "\(file): \(error)")
        }
      }
    }
    return results
  }

  /// A hash of what the file of `rows` says of itself and of the checksums of all rows, those of --factors included.
  private func checksum(_ rows: Auditor.Rows) throws -> UInt64 {
    let others = try settings.factors.map { try openCheckpoint($0).contents() } ?? 0
    // Two files that are the same must not cancel.
    return try rows.checkpoint.contents() &* 31 &+ others
  }

  /// A line of its own.
  private struct Failure: Error, CustomStringConvertible {
    let text: String
    var description: String { text }
  }

  /// Whether `header` is of the part that would be made of checkpoints of such `checksums`.
  private func isSame(_ header: PartHeader, _ checksums: [UInt64]) -> Bool {
    header.share == share && header.settings == settings && header.checkpoints.map(\.checksum) == checksums
      && (!isDouble || header.checkpoints.allSatisfy { $0.sums.precision == .float64 })
  }
}

extension CheckpointDescription {
  /// The same without the checksums of tiles, which are as many as the rows are long.
  fileprivate var withoutTiles: CheckpointDescription {
    var description = self
    description.checksums = nil
    return description
  }
}

extension NumberSpool: NumberStore {
  /// Adds `numbers` at the end.
  public func append(_ numbers: [Double]) throws -> NumberPlace {
    let (start, checksum) = try add(numbers)
    return NumberPlace(start: start, count: numbers.count, checksum: checksum)
  }
}
