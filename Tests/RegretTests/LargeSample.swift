internal import Checkpoint
internal import Regret

/// Gradients and factors whose P×P matrices are out of reach, float32.
struct LargeSample {
  var gradientCount = 6
  var factorCount = 20
  var columnCount = 40_000
  /// Length of the part that all factors have in common, of their own being 1: what makes F ill-conditioned.
  var common = 0.0

  /// Tensors of uneven size, one of them empty.
  var input: AuditInput {
    var state: UInt64 = 88_172_645_463_325_252
    // Sums of four uniform numbers: near enough to normal, and quick without optimisation.
    func row() -> [Float] {
      [Float](unsafeUninitializedCapacity: columnCount) { buffer, count in
        for index in 0..<columnCount {
          state ^= state &<< 13
          state ^= state &>> 7
          state ^= state &<< 17
          let sum = state & 0xffff &+ (state &>> 16 & 0xffff) &+ (state &>> 32 & 0xffff) &+ state &>> 48
          buffer[index] = (Float(sum) - 131_070) * 2.6e-5
        }
        count = columnCount
      }
    }
    let shared = row()
    func rows(_ count: Int, _ share: Double) -> [Float] {
      (0..<count).flatMap { _ in
        let own = row()
        return own.indices.map { own[$0] + Float(share) * shared[$0] }
      }
    }
    let cuts = [0, columnCount / 7, columnCount / 7, columnCount / 2, columnCount]
    var input = AuditInput(
      gradients: ArrayBlocks(rows(gradientCount, 0.3 + common), columnCount: columnCount, name: "/gradients"),
      batchSizes: [Int](repeating: 8, count: gradientCount),
      tensors: zip(cuts, cuts.dropFirst()).enumerated().map { index, range in
        TensorColumns(
          name: "tensor\(index)", shape: [2, (range.1 - range.0) / 2], offset: range.0, count: range.1 - range.0)
      },
      factors: [
        FactorRows(
          kind: .sampled,
          rows: ArrayBlocks(
            rows(factorCount, common), columnCount: columnCount, name: "/fisher/sampled/factors"),
          minibatches: (0..<factorCount).map { $0 % gradientCount })
      ])
    input.parameters = ArrayBlocks(row(), columnCount: columnCount, name: "/parameters")
    return input
  }
}
