public import Checkpoint

extension AuditInput {
  /// The same rows restricted to the columns of the tensors for which `isIncluded` holds, laid one after another; nil
  /// where it holds for none.
  public func selecting(_ isIncluded: (TensorColumns) -> Bool) -> AuditInput? {
    let kept = tensors.filter(isIncluded)
    guard !kept.isEmpty else { return nil }
    guard kept.count < tensors.count else { return self }
    let ranges = kept.map(\.range)
    var selected = self
    selected.gradients = SelectedColumns(ranges, of: gradients)
    selected.factors = factors.map {
      FactorRows(kind: $0.kind, rows: SelectedColumns(ranges, of: $0.rows), minibatches: $0.minibatches)
    }
    selected.parameters = parameters.map { SelectedColumns(ranges, of: $0) }
    if let sketch {
      selected.sketch?.gradients = SelectedColumns(ranges, of: sketch.gradients)
      selected.sketch?.squares = nil
      selected.sketch?.parameterCounts = tensors.indices.filter { isIncluded(tensors[$0]) }
        .map { sketch.parameterCounts[$0] }
    }
    var next = 0
    selected.tensors = kept.map { tensor in
      defer { next += tensor.count }
      return TensorColumns(name: tensor.name, shape: tensor.shape, offset: next, count: tensor.count)
    }
    return selected
  }
}
