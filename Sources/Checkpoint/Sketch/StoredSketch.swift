/// What a file tells of its sketch.
public struct StoredSketch: Hashable, Codable, Sendable {
  /// How rows were made.
  public var header: SketchHeader
  /// Gradients in a sketch of their own, not divided by anything [N, k]: what the Euclidean measure is taken from.
  public var gradients: StoredMatrix
  /// Squared lengths of all rows.
  public var squares: CheckpointSquares

  /// A sketch with all its parts; nothing is checked yet.
  public init(header: SketchHeader, gradients: StoredMatrix, squares: CheckpointSquares) {
    self.header = header
    self.gradients = gradients
    self.squares = squares
  }

  /// The path of ``gradients``.
  public static let gradientsPath = "/sketch/gradients"

  /// The group that holds the squares of `kind`, or of the gradients.
  public static func group(of kind: FisherKind?) -> String {
    kind.map { "/fisher/\($0.rawValue)" } ?? "/sketch"
  }
}

extension CheckpointDescription {
  /// What is wrong with the sketch: the dataset and the reason; nil where nothing is, or there is none.
  var sketchFault: (object: String, reason: String)? {
    guard let sketch else { return nil }
    let header = sketch.header
    guard header.widths.count == tensors.count else {
      return ("/sketch/width", "\(header.widths.count) values for \(tensors.count) tensors")
    }
    for (tensor, width) in zip(tensors, header.widths)
    where width < tensor.count.signum() || width > tensor.count {
      return ("/sketch/width", "\(tensor.name) has \(width) columns for \(tensor.count) parameters")
    }
    guard header.columnCount == columnCount else {
      return ("/sketch/width", "\(header.columnCount) columns together, but /gradients has \(columnCount)")
    }
    guard header.pilotRowCount > 0 else {
      return ("/sketch: attribute pilot_rows", "it is \(header.pilotRowCount): at least 1 is needed")
    }
    guard 1...parameterCount ~= header.liveCount else {
      return ("/sketch: attribute pilot_parameters", "it is \(header.liveCount) of \(parameterCount)")
    }
    guard sketch.gradients.rowCount == minibatchCount, sketch.gradients.columnCount == columnCount else {
      let extents = "\(sketch.gradients.rowCount) × \(sketch.gradients.columnCount)"
      return (sketch.gradients.path, "it is \(extents), not \(minibatchCount) × \(columnCount)")
    }
    if parameters != nil { return ("/parameters", "a sketch holds none") }
    if let fault = sketch.squares.gradients.fault(rowCount: minibatchCount, of: nil) { return fault }
    for stored in factors {
      let squares = sketch.squares.factors[stored.kind] ?? SketchSquares()
      if let fault = squares.fault(rowCount: stored.matrix.rowCount, of: stored.kind) { return fault }
    }
    return nil
  }
}

extension SketchSquares {
  fileprivate func fault(rowCount: Int, of kind: FisherKind?) -> (object: String, reason: String)? {
    for (name, values) in arrays {
      let object = "\(StoredSketch.group(of: kind))/\(name)"
      guard values.count == rowCount else { return (object, "\(values.count) values for \(rowCount) rows") }
      if let row = values.firstIndex(where: { !($0 >= 0 && $0 < .infinity) }) {
        return (object, "row \(row) is \(values[row]): a square is needed")
      }
    }
    return nil
  }
}
