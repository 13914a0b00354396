internal import CFloor
internal import GradientProbe

/// A model whose gradients are there already, so that recording is all that takes time. A batch is the number of its row.
final class PreparedModel: LabelSamplingProbe {
  private static let tensorCount = 4
  let tensors: [TensorLayout]
  let parameterCount: Int
  /// A few rows that take turns.
  let rows: [[Float]]
  /// Multiply-adds that stand for computing a gradient; 0 for none.
  var work = 0

  init(_ parameterCount: Int) {
    self.parameterCount = parameterCount
    let count = Self.tensorCount
    tensors = (0..<count).map { index in
      let size = parameterCount * (index + 1) / count - parameterCount * index / count
      return TensorLayout("tensor\(index)", shape: [size])
    }
    var generator = SplitMix64(seed: 1)
    // As many as leave room for what is measured.
    rows = (0..<min(8, max(1, 200_000_000 / parameterCount))).map { _ in
      (0..<parameterCount).map { _ in Float(generator.uniform() - 0.4) }
    }
  }

  func compute() { _ = floor_multiply_add(work) }

  func gradient(over batch: Int, into gradient: inout GradientRow) throws -> Double {
    compute()
    try gradient.writeAll(rows[batch % rows.count])
    return 1
  }

  func sampledGradient(over batch: Int, using generator: inout SplitMix64, into gradient: inout GradientRow) throws {
    compute()
    // Another row for every minibatch, or S would have rank 8.
    let first = Int(generator.next() % UInt64(parameterCount))
    let row = rows[(batch + 3) % rows.count]
    var turned: [Float] = []
    turned.reserveCapacity(parameterCount)
    turned += row[first...]
    turned += row[..<first]
    try gradient.writeAll(turned)
  }

  func batchSize(of batch: Int) -> Int { 32 }
}
