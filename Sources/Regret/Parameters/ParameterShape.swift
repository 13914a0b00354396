/// Where the numbers stand that a ``ParameterPass`` adds up.
struct ParameterShape: Sendable {
  /// Gradients, rows of the Fisher (0 without θ), and tensors of more than one axis.
  let gradientCount: Int
  let rowCount: Int
  /// Whether rows are gradients less their mean, which is one more row.
  let hasMean: Bool
  let tensorCount: Int

  /// Among the sums over columns, those of ``SignalToNoise``, and inner products of rows and θ.
  var ratios: Range<Int> { 0..<(2 * gradientCount + 2) }
  var projections: Range<Int> { ratios.upperBound..<columnSumCount }
  var columnSumCount: Int { ratios.upperBound + rowCount }

  /// Among the others, what is more than 0 where θ holds a number that is not finite, and where what takes θ left double precision.
  var unusable: Int { 0 }
  var beyondRange: Int { 1 }

  /// ‖WᵀA_m‖² of each row, of the tensor at `place` among those of more than one axis.
  func terms(_ place: Int) -> Range<Int> {
    let count = rowCount + (hasMean ? 1 : 0)
    return (2 + place * count)..<(2 + (place + 1) * count)
  }

  /// Numbers beside the sums over columns.
  var otherCount: Int { terms(tensorCount).lowerBound }
}

/// What a ``ParameterPass`` adds up.
struct ParameterSums: Sendable {
  /// Sums over columns, with what rounding takes off.
  var columns: MatrixAccumulator
  /// What comes of one share alone, 0 of all others.
  var others: [Double]

  /// None.
  init(_ shape: ParameterShape) {
    columns = MatrixAccumulator(1, shape.columnSumCount)
    others = [Double](repeating: 0, count: shape.otherCount)
  }

  /// The same from their ``numbers``; nil where these are not as many.
  init?(_ shape: ParameterShape, numbers: [Double]) {
    guard numbers.count >= shape.otherCount,
      let columns = MatrixAccumulator(1, shape.columnSumCount, numbers: Array(numbers.dropLast(shape.otherCount)))
    else { return nil }
    self.columns = columns
    others = Array(numbers.suffix(shape.otherCount))
  }

  /// All that they hold.
  var numbers: [Double] { columns.numbers + others }

  /// Adds those of another share.
  mutating func add(_ sums: ParameterSums) {
    columns.add(sums.columns)
    for index in others.indices { others[index] += sums.others[index] }
  }
}
