public import Checkpoint

/// What a sketch keeps beside rows that were divided by √D̂ and sketched: the gradients as they were, in a sketch of their own, and
/// what was exact.
public struct SketchedRows: Sendable {
  /// How rows were made.
  public var header: SketchHeader
  /// Gradients that are not divided by anything [N, k].
  public var gradients: any ColumnBlocks
  /// Squared lengths of the gradients [N]; nil where they are of other columns too.
  public var squares: SketchSquares?
  /// Number of parameters of each of the input's tensors.
  public var parameterCounts: [Int]

  /// A sketch of tensors of `parameterCounts` parameters.
  public init(
    header: SketchHeader, gradients: any ColumnBlocks, squares: SketchSquares?, parameterCounts: [Int]
  ) {
    self.header = header
    self.gradients = gradients
    self.squares = squares
    self.parameterCounts = parameterCounts
  }

  /// The same of the gradients `rows`, in that order.
  func selecting(_ rows: [Int]) -> SketchedRows {
    var selected = self
    selected.gradients = SelectedRows(rows, of: gradients)
    selected.squares = squares?.selecting(rows)
    return selected
  }
}

extension AuditInput {
  /// Number of parameters P, whatever the columns are.
  var parameterCount: Int { sketch?.parameterCounts.reduce(0, +) ?? gradients.columnCount }

  /// The gradients as they are, for what is Euclidean; nil where ``gradients`` are.
  var rawGradients: AuditInput? {
    guard let sketch else { return nil }
    var raw = self
    raw.gradients = sketch.gradients
    raw.factors = []
    return raw
  }

  /// What corrects for the sketch of all columns; nil where rows are whole.
  var sketchCorrection: SketchCorrection? {
    sketch.map { SketchCorrection(widths: tensors.map(\.count), parameterCounts: $0.parameterCounts) }
  }

  /// The same of one tensor by itself.
  func sketchCorrection(ofTensor index: Int) -> SketchCorrection? {
    sketch.map { SketchCorrection(widths: [tensors[index].count], parameterCounts: [$0.parameterCounts[index]]) }
  }
}
