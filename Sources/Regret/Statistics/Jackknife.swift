/// Leaves one of `count` minibatches out at a time.
enum Jackknife {
  /// `statistic` of all minibatches (nil) and its standard error from leaving each out:
  /// √((N−1)/N Σ(s₋ᵢ − s̄₋)²); none below 3.
  static func estimate(count: Int, _ statistic: (_ leaving: Int?) -> Double) -> Estimate {
    let value = statistic(nil)
    guard count >= 3 else { return Estimate(value: value, standardError: nil) }
    let left = (0..<count).map { statistic($0) }
    let mean = left.reduce(0, +) / Double(count)
    let squares = left.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    let error = (Double(count - 1) / Double(count) * squares).squareRoot()
    return Estimate(value: value, standardError: error.isFinite ? error : nil)
  }
}

/// Sums of a square matrix over ordered pairs i ≠ j that give the mean without any one row and column at once.
struct PairSums {
  private let count: Int
  private let total: Double
  private let own: [Double]

  init(_ matrix: Matrix) {
    count = matrix.rowCount
    var own = [Double](repeating: 0, count: count)
    for row in 0..<count {
      for column in 0..<count where column != row {
        own[row] += matrix[row, column]
        own[column] += matrix[row, column]
      }
    }
    self.own = own
    total = own.reduce(0, +) / 2
  }

  /// Mean over ordered pairs, without row and column `leaving`.
  func mean(leaving: Int? = nil) -> Double {
    guard let leaving else { return total / Double(count * (count - 1)) }
    return (total - own[leaving]) / Double((count - 1) * (count - 2))
  }
}

/// A sum that gives the mean without any one term at once.
struct TermSum {
  private let terms: [Double]
  private let total: Double

  init(_ terms: [Double]) {
    self.terms = terms
    total = terms.reduce(0, +)
  }

  /// Mean without term `leaving`.
  func mean(leaving: Int? = nil) -> Double {
    guard let leaving else { return total / Double(terms.count) }
    return (total - terms[leaving]) / Double(terms.count - 1)
  }
}
