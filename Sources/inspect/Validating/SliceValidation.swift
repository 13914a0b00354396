internal import Checkpoint
internal import Checksum
internal import Digest
internal import Landscape

/// Looks for everything that can be wrong with slice files.
enum SliceValidation {
  /// What there is to say of the slice file at `path` alone: the checkpoint that it names is another file, which
  /// nothing but the directory that the user named brings into play.
  static func examine(_ path: String) -> (findings: [Finding], slice: Slice?) {
    var findings: [Finding] = []
    do throws(CheckpointError) {
      findings.append(Finding(path, .sha256, try SHA256.digest(of: ReadOnlyFile(opening: path))))
      let slice = try openSlice(path)
      findings += notes(on: slice, file: path).map { Finding(path, .note, $0) }
      findings.append(Finding(path, .ok, summary(slice)))
      return (findings, slice)
    } catch {
      return (findings + [Finding(error)], nil)
    }
  }

  /// What is wrong with `slices` beside the `checkpoints` that could be read among the `files` of their directory.
  static func faults(
    of slices: [(file: String, slice: Slice)],
    beside checkpoints: [(file: String, description: CheckpointDescription)], among files: [String]
  ) -> [Finding] {
    slices.compactMap { file, slice in
      if let checkpoint = checkpoints.first(where: { lastName($0.file) == slice.origin.file }) {
        if slice.belongs(to: checkpoint.description) { return nil }
        return Finding(file, .fault, "slice: it was captured at another checkpoint than \(slice.origin.file)")
      }
      // A checkpoint that is there and cannot be read has a fault of its own.
      if files.contains(where: { lastName($0) == slice.origin.file }) { return nil }
      return Finding(file, .fault, "slice: its checkpoint \(slice.origin.file) is missing")
    }
  }

  private static func notes(on slice: Slice, file: String) -> [String] {
    var notes = ["a slice has no checksums of its losses: damage to them would go unseen"]
    if slice.origin.checksum.isEmpty {
      notes.append("attribute checkpoint_checksum is missing or empty: its checkpoint is told by run and step alone")
    }
    let name = Slice.fileName(slice.name, beside: slice.origin.file)
    if lastName(file) != name {
      notes.append("it is not called \(name): a report of \(slice.origin.file) may not show it")
    }
    if let minibatch = slice.surface.minibatchLosses.firstIndex(where: { !$0.allSatisfy(\.isFinite) }) {
      notes.append("/loss: minibatch \(minibatch) has losses that are not finite, so nothing is summed up")
    }
    return notes
  }

  private static func summary(_ slice: Slice) -> String {
    let grid = slice.surface.grid.axes.map { String($0.count) }.joined(separator: " × ")
    return
      "slice \(slice.name), step \(slice.origin.step), \(slice.surface.minibatchCount) minibatches at \(grid) points"
  }

  private static func lastName(_ path: String) -> String { String(path.split(separator: "/").last ?? "") }
}
