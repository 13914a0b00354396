internal import Checkpoint
internal import Regret

/// All parts of a run: what is left of its rows.
struct PartSet: Sendable {
  /// In the order of their numbers.
  let parts: [OpenPart]

  /// What is wrong with a set of parts: a line each.
  struct Faults: Error {
    let lines: [String]
  }

  /// Opens the part files `paths`, in any order. Throws ``Faults`` that name what cannot be read, is missing, doubled or
  /// foreign.
  init(_ paths: [String]) throws(Faults) {
    var lines: [String] = []
    var found: [OpenPart] = []
    for path in paths {
      do throws(CheckpointError) { found.append(try OpenPart(path)) } catch { lines.append("\(error)") }
    }
    guard lines.isEmpty, let first = found.first else { throw Faults(lines: lines) }
    for part in found.dropFirst() {
      if let reason = part.header.difference(from: first.header) {
        lines.append("\(part.path): it does not go with \(first.path): \(reason)")
      }
    }
    guard lines.isEmpty else { throw Faults(lines: lines) }
    var byNumber: [Int: OpenPart] = [:]
    for part in found {
      let share = part.header.share
      if let other = byNumber[share.number] {
        lines.append("\(part.path): it is part \(share.number) of \(share.count), as \(other.path) is")
      } else {
        byNumber[share.number] = part
      }
    }
    let count = first.header.share.count
    let missing = (1...count).filter { byNumber[$0] == nil }
    if !missing.isEmpty {
      let list = missing.prefix(8).map(String.init).joined(separator: ", ") + (missing.count > 8 ? ", …" : "")
      lines.append(
        "\(first.path): of its \(count) parts \(missing.count == 1 ? "one is" : "\(missing.count) are") missing: \(list)"
      )
    }
    guard lines.isEmpty else { throw Faults(lines: lines) }
    parts = (1...count).map { byNumber[$0]! }
  }

  var header: PartHeader { parts[0].header }

  /// What there is of `file`; nil where it is none of the checkpoints.
  func checkpoint(_ file: String) -> MergedCheckpoint? {
    guard let place = header.checkpoints.firstIndex(where: { $0.file == file }) else { return nil }
    return MergedCheckpoint(parts: parts, place: place)
  }
}

/// One checkpoint of which the parts are there.
struct MergedCheckpoint: Sendable {
  let parts: [OpenPart]
  let place: Int

  private var first: PartHeader.Checkpoint { parts[0].header.checkpoints[place] }
  var description: CheckpointDescription { first.description }

  func audit(_ options: AuditOptions) throws -> Audit {
    let parts = parts
    do {
      return try Audit(
        of: first.outline, options: options, shares: parts.map { $0.header.checkpoints[place].sums }
      ) { number, range in try parts[number].numbers(at: range) }
    } catch AuditError.foreignShares {
      throw CheckpointError(
        file: parts[0].path,
        cause: .invalid(object: "/header", reason: "it and the other parts do not make up the rows of \(first.file)"))
    }
  }
}

extension PartHeader {
  /// In what this cannot be added to `other`; nil where it can.
  fileprivate func difference(from other: PartHeader) -> String? {
    if share.count != other.share.count { return "it is one of \(share.count), not of \(other.share.count)" }
    if settings != other.settings { return "it was made with other options" }
    guard checkpoints.count == other.checkpoints.count else {
      return "it is of \(checkpoints.count) checkpoints, not of \(other.checkpoints.count)"
    }
    for (own, theirs) in zip(checkpoints, other.checkpoints) where own.checksum != theirs.checksum {
      let (a, b) = (own.description, theirs.description)
      guard a.run == b.run && a.step == b.step else {
        return
          "it is of run \(a.run.debugDescription), step \(a.step), not of \(b.run.debugDescription), step \(b.step)"
      }
      return "\(own.file) was another file when it was read"
    }
    return nil
  }
}
