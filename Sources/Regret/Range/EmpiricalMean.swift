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

  /// Inner products of a gradient g and the mean v of its rows, over some of the columns.
  struct Moments: Hashable, Codable, Sendable {
    /// gᵀg
    var own = 0.0
    /// gᵀv
    var cross = 0.0
    /// vᵀv
    var mean = 0.0

    static func + (left: Moments, right: Moments) -> Moments {
      Moments(own: left.own + right.own, cross: left.cross + right.cross, mean: left.mean + right.mean)
    }
  }

  /// The first of the minibatches whose rows are as many as its examples and have another mean, beyond what rounding of
  /// the stored numbers explains; nil where there is none.
  static func mismatch(_ input: AuditInput, _ factors: FactorRows, _ work: any ColumnWork) throws -> EmpiricalMean? {
    let isHalf = [input.gradients, factors.rows].contains { $0.elementType.byteCount == 2 }
    let minibatches = candidates(input, factors)
    for start in stride(from: 0, to: minibatches.count, by: batch) {
      let some = Array(minibatches[start..<min(start + batch, minibatches.count)])
      for (minibatch, moments) in zip(some, try work.moments(of: some, input.gradients, factors)) {
        let found = EmpiricalMean(minibatch, moments)
        if found.distance > (isHalf ? 0.1 : 0.01) { return found }
      }
    }
    return nil
  }

  /// Minibatches that are looked at together.
  private static let batch = 16

  /// The minibatches whose rows are as many as its examples: the first few, and more as long as that takes little.
  static func candidates(_ input: AuditInput, _ factors: FactorRows) -> [Int] {
    guard let ids = factors.minibatches else { return [] }
    let groups = FactorGroups(ids, minibatchCount: input.gradients.rowCount).rows
    let complete = groups.indices.filter { !groups[$0].isEmpty && groups[$0].count == input.batchSizes[$0] }
    var left = numberLimit
    return complete.enumerated().prefix { place, minibatch in
      defer { left -= groups[minibatch].count * factors.rows.columnCount }
      return place < leastCount || left > 0
    }.map(\.element)
  }

  private init(_ minibatch: Int, _ moments: Moments) {
    let (own, cross, mean) = (moments.own, moments.cross, moments.mean)
    let square = max(0, own - 2 * cross + mean)
    self.minibatch = minibatch
    distance = own > 0 ? (square / own).squareRoot() : mean > 0 ? .infinity : 0
    ratio = mean > 0 ? cross / mean : 0
  }

  /// What is told of each of `minibatches` by `columns` of its gradient and of its rows of `factors`.
  static func moments(
    of minibatches: [Int], _ gradients: any ColumnBlocks, _ factors: FactorRows, _ columns: Range<Int>
  ) throws(CheckpointError) -> [Moments] {
    let groups = FactorGroups(factors.minibatches ?? [], minibatchCount: gradients.rowCount).rows
    var moments: [Moments] = []
    for minibatch in minibatches {
      moments.append(try self.moments(minibatch, gradients, groups[minibatch], factors.rows, columns))
    }
    return moments
  }

  private static func moments(
    _ minibatch: Int, _ gradients: any ColumnBlocks, _ rows: [Int], _ factors: any ColumnBlocks, _ columns: Range<Int>
  ) throws(CheckpointError) -> Moments {
    var moments = Moments()
    for columns in columns.pieces(of: 1 << 14) {
      let gradient = try RowReader.numbers(of: minibatch, columns, gradients)
      var sum = [Double](repeating: 0, count: columns.count)
      for row in rows {
        for (index, value) in try RowReader.numbers(of: row, columns, factors).enumerated() { sum[index] += value }
      }
      for index in sum.indices {
        let value = sum[index] / Double(rows.count)
        moments.own += gradient[index] * gradient[index]
        moments.cross += gradient[index] * value
        moments.mean += value * value
      }
    }
    return moments
  }
}
