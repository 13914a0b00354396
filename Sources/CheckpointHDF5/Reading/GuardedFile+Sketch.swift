internal import Checkpoint
internal import HDF5

/// What a file tells of its sketch.
extension GuardedFile {
  /// The datasets of a sketch that are read as a whole.
  static var sketchDatasets: [String] {
    let kinds = FisherKind.allCases.filter(\.isStored).map(Optional.some)
    return ["/sketch/width"]
      + ([nil] + kinds).flatMap { kind in SketchSquares.names.map { StoredSketch.group(of: kind) + "/" + $0 } }
  }

  /// How rows were sketched, not checked.
  func sketchHeader() throws(CheckpointError) -> SketchHeader {
    guard let group = try group("/sketch") else { throw missing("/sketch") }
    let attributes = GuardedAttributes(file: path, object: "/sketch")
    func text(_ name: String) throws(CheckpointError) -> String {
      guard let text = try attributes.text(name, of: group) else { throw attributes.missing(name) }
      return text
    }
    func integer(_ name: String) throws(CheckpointError) -> Int {
      guard let value = try attributes.integer(name, of: group) else { throw attributes.missing(name) }
      return value
    }
    for (name, known) in [("kind", SketchHeader.kind), ("hash", SketchHeader.hash)] {
      let found = try text(name)
      guard found == known else {
        throw invalid("/sketch: attribute \(name)", "\(found.debugDescription) is not \(known.debugDescription)")
      }
    }
    let kind = try text("pilot_kind")
    guard let pilotKind = FisherKind(rawValue: kind) else {
      let known = FisherKind.allCases.map(\.rawValue).joined(separator: ", ")
      throw invalid("/sketch: attribute pilot_kind", "\(kind.debugDescription) is none of \(known)")
    }
    return SketchHeader(
      seed: UInt64(bitPattern: Int64(try integer("seed"))), pilotKind: pilotKind,
      pilotRowCount: try integer("pilot_rows"), pilot: try text("pilot"),
      liveCount: try integer("pilot_parameters"), widths: try required("/sketch/width").integers())
  }

  /// The whole of it, of a file that is described but for that; not checked.
  func sketch(
    _ header: SketchHeader, of description: CheckpointDescription
  ) throws(CheckpointError) -> StoredSketch {
    let name = StoredSketch.gradientsPath
    let gradients: StoredMatrix
    if description.shards != nil {
      gradients = Self.sharded(
        name, rowCount: description.minibatchCount, columnCount: description.columnCount)
    } else {
      guard let stored = try matrix(name, rank: 2) else { throw missing(name) }
      gradients = stored
    }
    var squares = CheckpointSquares(gradients: try squares(of: nil))
    for factors in description.factors { squares.factors[factors.kind] = try self.squares(of: factors.kind) }
    return StoredSketch(header: header, gradients: gradients, squares: squares)
  }

  private func squares(of kind: FisherKind?) throws(CheckpointError) -> SketchSquares {
    let arrays = try SketchSquares.names.map { (name) throws(CheckpointError) in
      try required("\(StoredSketch.group(of: kind))/\(name)").numbers()
    }
    return SketchSquares(raw: arrays[0], whitened: arrays[1], outsidePilot: arrays[2])
  }
}
