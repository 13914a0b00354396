public import Checkpoint

/// The rows that an audit reads: from a file, several, or memory.
public struct AuditInput: Sendable {
  /// Gradients of the mean loss of N minibatches [N, P], all at one θ.
  public var gradients: any ColumnBlocks
  /// Examples in each minibatch, [N].
  public var batchSizes: [Int]
  /// The columns of each parameter tensor.
  public var tensors: [TensorColumns]
  /// Factor rows, at most one entry a kind.
  public var factors: [FactorRows]
  /// Whether all rows belong to one θ.
  public var sampling: Sampling
  /// θ as one row [1, P]; nil where that is not known.
  public var parameters: (any ColumnBlocks)?
  /// Mean loss of each minibatch [nats]; empty where that is not known.
  public var losses: [Double] = []
  /// Which data each minibatch was drawn from; nil where all are of one kind.
  public var groups: MinibatchGroups?
  /// Where each group's rows stand, once they are in order.
  var layout: GroupLayout?
  /// Kinds of factors that are there and not known here.
  public var unknownFisherKinds: [String] = []
  /// What a sketch keeps beside these rows, which then are divided by √D̂ and sketched; nil where they are whole.
  public var sketch: SketchedRows?
  /// What is known against these rows before they are read; an audit's own warnings come after.
  public var warnings: [AuditWarning] = []

  /// Gradients with what is needed to judge them.
  public init(
    gradients: any ColumnBlocks, batchSizes: [Int], tensors: [TensorColumns], factors: [FactorRows] = [],
    sampling: Sampling = .fixed
  ) {
    self.gradients = gradients
    self.batchSizes = batchSizes
    self.tensors = tensors
    self.factors = factors
    self.sampling = sampling
  }
}

/// The factor rows S of one Fisher estimate F = (1/M) SᵀS.
public struct FactorRows: Sendable {
  /// `exact`, `sampled` or `empirical`.
  public var kind: FisherKind
  /// S, [M, P].
  public var rows: any ColumnBlocks
  /// For each row the minibatch whose examples it came from, −1 for other data; nil where that is not known.
  public var minibatches: [Int]?
  /// Squared lengths of the rows before they were sketched [M]; nil where they are whole, or of other columns too.
  public var squares: SketchSquares?

  /// Rows of `kind`, each from the minibatch told.
  public init(kind: FisherKind, rows: any ColumnBlocks, minibatches: [Int]?) {
    self.kind = kind
    self.rows = rows
    self.minibatches = minibatches
  }
}

extension FactorRows {
  /// The rows `kept`, in that order, which came from `minibatches`.
  func selecting(_ kept: [Int], minibatches: [Int]?) -> FactorRows {
    var selected = self
    selected.minibatches = minibatches
    if kept != Array(0..<rows.rowCount) {
      selected.rows = SelectedRows(kept, of: rows)
      selected.squares = squares?.selecting(kept)
    }
    return selected
  }
}
