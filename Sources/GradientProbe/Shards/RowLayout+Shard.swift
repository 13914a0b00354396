internal import Checkpoint

extension RowLayout {
  /// The layout of the rows of `shard` of a model with the tensors `layouts`; of whole rows where there is no shard.
  init(_ layouts: [TensorLayout], shard: Shard?) throws(CaptureError) {
    switch shard?.content {
    case nil, .ownTensors?: try self.init(layouts)
    case .tensors(let names)?:
      for name in names where !layouts.contains(where: { $0.name == name }) {
        throw .invalidLayout("the shard names \(name.debugDescription), which is no tensor")
      }
      try self.init(layouts.filter { names.contains($0.name) })
    case .columns(let columns)?:
      let whole = try RowLayout(layouts)
      guard !columns.isEmpty, columns.lowerBound >= 0, columns.upperBound <= whole.count else {
        throw .invalidLayout("the shard has columns \(columns) of \(whole.count)")
      }
      let parts = whole.tensors.compactMap { tensor -> TensorLayout? in
        let part = tensor.range.clamped(to: columns)
        guard !part.isEmpty else { return nil }
        return TensorLayout(tensor.name, shape: part.count == tensor.count ? tensor.shape : [part.count])
      }
      try self.init(parts)
      fileTensors = whole.tensors
      self.columns = columns
    }
  }
}
