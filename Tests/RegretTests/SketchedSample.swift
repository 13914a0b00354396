#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif
internal import Checkpoint
internal import Regret

/// A sample whose rows have been divided by √D̂ and sketched, by code that shares nothing with the library's.
struct SketchedSample {
  let sample: TestSample
  let kind: FisherKind
  /// Columns of each tensor.
  let widths: [Int]
  let pilots: Int
  /// D̂^{-½}, 0 where D̂ is.
  let inverses: [Double]
  var raw: DenseMatrix
  var gradients: DenseMatrix
  var factors: DenseMatrix
  private let squares: (SketchSquares, SketchSquares)

  init(_ sample: TestSample, kind: FisherKind = .sampled, widths: [Int], pilots: Int, seed: Int) {
    self.sample = sample
    self.kind = kind
    self.widths = widths
    self.pilots = pilots
    let rows = sample.factors[kind]!.rows
    var mean = [Double](repeating: 0, count: rows.columns)
    for row in 0..<pilots {
      for column in 0..<rows.columns { mean[column] += rows[row, column] * rows[row, column] / Double(pilots) }
    }
    let inverses = mean.map { $0 > 0 ? 1 / sqrt($0) : 0 }
    self.inverses = inverses
    var generator = TestGenerator(seed)
    var places: [(column: Int, sign: Double)] = []
    var next = 0
    for (tensor, width) in zip(sample.tensors, widths) {
      for index in 0..<tensor.count {
        places.append(
          width == tensor.count
            ? (next + index, 1)
            : (next + Int(generator.uniform() * Double(width)), generator.uniform() < 0.5 ? -1 : 1))
      }
      next += width
    }
    let count = next
    func sketch(_ rows: DenseMatrix) -> DenseMatrix {
      var result = DenseMatrix(rows.rows, count)
      for row in 0..<rows.rows {
        for column in 0..<rows.columns {
          result.values[row * count + places[column].column] +=
            places[column].sign * rows.values[row * rows.columns + column]
        }
      }
      return result
    }
    raw = sketch(sample.gradients)
    gradients = sketch(sample.gradients.scalingColumns(inverses))
    factors = sketch(rows.scalingColumns(inverses))
    func squares(_ rows: DenseMatrix) -> SketchSquares {
      var result = SketchSquares()
      for row in 0..<rows.rows {
        var own = RowSquares()
        for (column, value) in rows.row(row).enumerated() {
          own.raw += value * value
          own.whitened += value * value * inverses[column] * inverses[column]
          own.outsidePilot += inverses[column] == 0 ? value * value : 0
        }
        result.append(own)
      }
      return result
    }
    self.squares = (squares(sample.gradients), squares(rows))
  }

  var header: SketchHeader {
    SketchHeader(
      seed: 0, pilotKind: kind, pilotRowCount: pilots, pilot: "", liveCount: inverses.count { $0 > 0 }, widths: widths)
  }

  /// What the library is given, stored as `type`.
  func input(_ type: ElementType = .float64) -> AuditInput {
    var factors = FactorRows(
      kind: kind, rows: factors.blocks("/fisher/\(kind.rawValue)/factors", type),
      minibatches: sample.factors[kind]!.ids)
    factors.squares = squares.1
    var input = AuditInput(
      gradients: gradients.blocks("/gradients", type), batchSizes: sample.sizes,
      tensors: header.columns(of: sample.tensors), factors: [factors])
    input.sketch = SketchedRows(
      header: header, gradients: raw.blocks("/sketch/gradients", type), squares: squares.0,
      parameterCounts: sample.tensors.map(\.count))
    return input
  }

  /// The same rows whole, in coordinates where D̂ = 1 and with nothing lost: what a sketch stands for.
  var whole: SketchedSample {
    SketchedSample(sample, kind: kind, widths: sample.tensors.map(\.count), pilots: pilots, seed: 1)
  }
}
