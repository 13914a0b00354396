internal import Checkpoint

/// One block of columns of the pass; never straddles tensors where tensors are told apart.
struct ColumnBlock: Hashable, Sendable {
  let columns: Range<Int>
  /// Place of the block's tensor among those told apart.
  let tensor: Int

  /// Cuts `tensors` into blocks of at most `width` columns, in the order of their columns.
  static func blocks(of tensors: [Range<Int>], width: Int) -> [ColumnBlock] {
    var blocks: [ColumnBlock] = []
    for (tensor, columns) in tensors.enumerated() where !columns.isEmpty {
      // Equal blocks rather than a small last one: a narrow product runs below the processor's rate.
      let count = (columns.count + width - 1) / width
      for index in 0..<count {
        let lower = columns.lowerBound + columns.count * index / count
        let upper = columns.lowerBound + columns.count * (index + 1) / count
        blocks.append(ColumnBlock(columns: lower..<upper, tensor: tensor))
      }
    }
    return blocks
  }
}
