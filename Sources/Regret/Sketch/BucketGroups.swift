internal import Checkpoint
internal import Synchronization

/// Columns of a sketch in groups that are alike, by which it is known how far its sums are from what they stand for.
struct BucketGroups {
  /// Number of groups: enough for a 95% interval that is a few percent wider than a normal one.
  static let count = 32

  /// The columns of each group: an equal part of those of every tensor that is not whole.
  let columns: [[Range<Int>]]

  /// Of `tensors` of `parameterCounts`.
  init(_ tensors: [TensorColumns], parameterCounts: [Int]) {
    columns = (0..<Self.count).map { group in
      zip(tensors, parameterCounts).compactMap { tensor, count in
        guard tensor.count < count else { return nil }
        let start = tensor.offset + tensor.count * group / Self.count
        let end = tensor.offset + tensor.count * (group + 1) / Self.count
        return start < end ? start..<end : nil
      }
    }
  }

  /// Whether all tensors are whole.
  var isEmpty: Bool { columns.allSatisfy(\.isEmpty) }

  /// RRᵀ over each group's columns, R the rows `gradients`, less `combination` times the rows `factors` where told.
  func products(
    _ gradients: any ColumnBlocks, _ factors: (any ColumnBlocks)?, _ combination: Matrix?, workerCount: Int
  ) throws -> [Matrix] {
    // They have been compared with their checksums before, in whole tiles.
    let (gradients, factors) = (CheckedRows(source: gradients), factors.map { CheckedRows(source: $0) })
    let results = Mutex<[Matrix]>([])
    try OrderedWork.run(count: columns.count, workerCount: workerCount) { group in
      var sum = Matrix(gradients.rowCount, gradients.rowCount)
      for piece in columns[group].flatMap({ $0.pieces(of: Self.width) }) {
        var rows = try RowReader.matrix(Array(0..<gradients.rowCount), of: gradients, piece)
        if let factors, let combination {
          rows = rows - combination * (try RowReader.matrix(Array(0..<factors.rowCount), of: factors, piece))
        }
        sum.add(rows.timesTransposed(rows))
      }
      return sum
    } commit: { _, sum in
      results.withLock { $0.append(sum) }
    }
    return results.withLock { $0 }
  }

  private static let width = 2_048
}
