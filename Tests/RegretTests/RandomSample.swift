internal import Testing
internal import Checkpoint

/// Small random samples with every irregularity that a file may have.
struct RandomSample: Sendable, CustomTestStringConvertible {
  var name: String
  var seed = 1
  /// Sizes of the minibatches.
  var sizes: [Int]
  /// Counts of the tensors' columns.
  var tensors: [Int]
  /// For each factor row its minibatch, −1 for other data.
  var ids: [Int]
  var storesIDs = true
  var storage = ElementType.float64
  var zeroGradients: [Int] = []
  /// Columns where every factor is 0.
  var deadColumns: [Int] = []
  /// Columns where every gradient is 0.
  var emptyColumns: [Int] = []
  /// Gradients that are 0 in all but the dead columns.
  var deadGradients: [Int] = []
  /// Width of the columns' scales, in units of e.
  var spread = 0.5
  /// Rows that repeat the first one.
  var repeats: [Int] = []

  var testDescription: String { name }

  /// Gradients are means of rows with a common part, factors are such rows.
  var sample: TestSample {
    var generator = TestGenerator(seed)
    let columns = tensors.reduce(0, +)
    let scale = (0..<columns).map { _ in generator.scale(spread) }
    let signal = generator.normals(columns)
    func row(_ noise: Double) -> [Double] {
      (0..<columns).map { scale[$0] * (0.5 * signal[$0] + noise * generator.normal()) }
    }
    var gradients = sizes.map { row(1 / Double($0).squareRoot()) }
    for index in gradients.indices {
      for column in 0..<columns {
        let isZero =
          zeroGradients.contains(index) || emptyColumns.contains(column)
          || deadGradients.contains(index) && !deadColumns.contains(column)
        if isZero { gradients[index][column] = 0 }
      }
    }
    func factors() -> DenseMatrix {
      var rows = ids.map { _ in row(1) }
      for index in repeats { rows[index] = rows[0] }
      for index in rows.indices {
        for column in deadColumns { rows[index][column] = 0 }
      }
      return DenseMatrix(rows, columns: columns)
    }
    var sample = TestSample(
      gradients: DenseMatrix(gradients, columns: columns), sizes: sizes,
      tensors: tensors.enumerated().map { index, count in
        TensorColumns(
          name: "tensor\(index)", shape: count > 0 && count.isMultiple(of: 2) ? [2, count / 2] : [count],
          offset: tensors[..<index].reduce(0, +), count: count)
      })
    var other = TestGenerator(seed + 1_000)
    sample.parameters = other.normals(columns)
    if !ids.isEmpty {
      for kind in [FisherKind.exact, .sampled, .empirical] {
        sample.factors[kind] = (factors(), storesIDs ? ids : nil)
      }
    }
    return sample.stored(as: storage)
  }

  /// `rows` of each of `count` minibatches.
  static func even(_ count: Int, _ rows: Int) -> [Int] { (0..<(count * rows)).map { $0 / rows } }
}
