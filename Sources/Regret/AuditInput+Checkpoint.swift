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
    losses = checkpoint.description.losses
    groups = checkpoint.description.groups
    unknownFisherKinds = checkpoint.description.unknownFisherKinds
  }
}
