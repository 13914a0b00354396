public import Checkpoint

extension AuditInput {
  /// The rows of a checkpoint file.
  public init(_ checkpoint: OpenCheckpoint) throws(CheckpointError) {
    var factors: [FactorRows] = []
    for stored in checkpoint.description.factors {
      factors.append(
        FactorRows(kind: stored.kind, rows: try checkpoint.blocks(stored.matrix), minibatches: stored.minibatches))
    }
    self.init(
      gradients: try checkpoint.gradients(), batchSizes: checkpoint.description.batchSizes,
      tensors: checkpoint.description.tensors, factors: factors, sampling: checkpoint.description.sampling)
    if let stored = checkpoint.description.sketch {
      let whole = tensors
      tensors = stored.header.columns(of: whole)
      sketch = SketchedRows(
        header: stored.header, gradients: try checkpoint.blocks(stored.gradients), squares: stored.squares.gradients,
        parameterCounts: whole.map(\.count))
      for index in factors.indices { self.factors[index].squares = stored.squares.factors[factors[index].kind] }
    }
    if let stored = checkpoint.description.parameters { parameters = try checkpoint.blocks(stored) }
    losses = checkpoint.description.losses
    groups = checkpoint.description.groups
    unknownFisherKinds = checkpoint.description.unknownFisherKinds
  }
}
