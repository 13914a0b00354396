internal import Checkpoint

/// One block of columns of the pass; never straddles tensors where tensors are told apart.
struct ColumnBlock: Hashable, Sendable {
  let columns: Range<Int>
  /// Place of the block's tensor among those told apart.
  let tensor: Int

  /// The most columns of a block: products of so many are added up in working precision, beyond it in double.
  static let width = 16384

  /// Cuts `tensors` into blocks, in the order of their columns.
  static func blocks(of tensors: [Range<Int>]) -> [ColumnBlock] {
    tensors.enumerated().flatMap { tensor, columns in
      columns.pieces(of: width).map { ColumnBlock(columns: $0, tensor: tensor) }
    }
  }
}

extension Range<Int> {
  /// Cut into equal parts of at most `width`: with a small last one, its products would run below the processor's rate.
  func pieces(of width: Int) -> [Range<Int>] {
    let parts = (count + width - 1) / width
    return (0..<parts).map { (lowerBound + count * $0 / parts)..<(lowerBound + count * ($0 + 1) / parts) }
  }
}
