internal import Checkpoint

/// Whether the mean of a minibatch's empirical rows is its gradient, as it is where all examples are there: a sum in place
/// of a mean, a scaled loss, clipping or weight decay in one of them alone shows here.
struct EmpiricalMean: Sendable {
  /// The row of `/gradients`.
  let minibatch: Int
  /// ‖g − v‖/‖g‖, v the mean of the rows.
  let distance: Double
  /// gᵀv/vᵀv, what v has to be multiplied by.
  let ratio: Double

  /// Numbers that are read at most, beyond the first minibatches: what a second takes.
  private static let numberLimit = 1 << 28
  private static let leastCount = 3

  /// The first of the minibatches whose rows are as many as its examples and have another mean, beyond what rounding of
  /// the stored numbers explains; nil where there is none.
  static func mismatch(_ input: AuditInput, _ factors: FactorRows) throws(CheckpointError) -> EmpiricalMean? {
    guard let ids = factors.minibatches else { return nil }
    let groups = FactorGroups(ids, minibatchCount: input.gradients.rowCount).rows
    let complete = groups.indices.filter { !groups[$0].isEmpty && groups[$0].count == input.batchSizes[$0] }
    let isHalf = [input.gradients, factors.rows].contains { $0.elementType.byteCount == 2 }
    var left = numberLimit
    for (place, minibatch) in complete.enumerated() where place < leastCount || left > 0 {
      left -= groups[minibatch].count * factors.rows.columnCount
      let found = try compare(minibatch, input.gradients, groups[minibatch], factors.rows)
      if found.distance > (isHalf ? 0.1 : 0.01) { return found }
    }
    return nil
  }

  private static func compare(
    _ minibatch: Int, _ gradients: any ColumnBlocks, _ rows: [Int], _ factors: any ColumnBlocks
  ) throws(CheckpointError) -> EmpiricalMean {
    var (own, cross, mean) = (0.0, 0.0, 0.0)
    for columns in (0..<gradients.columnCount).pieces(of: 1 << 14) {
      let gradient = try numbers(minibatch, columns, gradients)
      var sum = [Double](repeating: 0, count: columns.count)
      for row in rows {
        for (index, value) in try numbers(row, columns, factors).enumerated() { sum[index] += value }
      }
      for index in sum.indices {
        let value = sum[index] / Double(rows.count)
        own += gradient[index] * gradient[index]
        cross += gradient[index] * value
        mean += value * value
      }
    }
    let square = max(0, own - 2 * cross + mean)
    return EmpiricalMean(
      minibatch: minibatch, distance: own > 0 ? (square / own).squareRoot() : mean > 0 ? .infinity : 0,
      ratio: mean > 0 ? cross / mean : 0)
  }

  private static func numbers(
    _ row: Int, _ columns: Range<Int>, _ source: any ColumnBlocks
  ) throws(CheckpointError) -> [Double] {
    var numbers = [Double](repeating: 0, count: columns.count)
    let stored = columns.count * source.elementType.byteCount
    var span = numbers.mutableSpan
    try span.withUnsafeMutableBytes { (bytes) throws(CheckpointError) in
      let wide = UnsafeMutableRawBufferPointer(rebasing: bytes[...])
      var target = UnsafeMutableRawBufferPointer(rebasing: wide[(wide.count - stored)...]).mutableBytes
      try source.copy(rows: row..<(row + 1), columns: columns, to: &target, rowStride: stored)
      source.elementType.widen(columns.count, in: wide, to: Double.self)
    }
    return numbers
  }
}
