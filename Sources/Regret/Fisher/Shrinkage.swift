/// The weight of `auto`: Schäfer and Strimmer (2005), "A shrinkage approach to large-scale covariance matrix
/// estimation", the weight that minimises the expected squared error of shrinking towards the diagonal.
///
/// In coordinates where diag F = 1, with F̃_k the Fisher of group k alone, F̄ their plain mean and off(·) the
/// off-diagonal part: ρ = Σ_k‖off(F̃_k − F̄)‖²_F/(K(K−1)) ÷ ‖off F̄‖²_F, clipped to [1e-6, 0.999].
enum Shrinkage {
  static let range = 1e-6...0.999

  /// - Parameters:
  ///   - groupSquares: ‖F̃_k‖²_F for every group.
  ///   - meanSquare: ‖F̄‖²_F
  ///   - groupDiagonalSquare: Σ_k Σ_p (F̃_k)²_pp
  ///   - meanDiagonalSquare: Σ_p (F̄)²_pp
  static func weight(
    groupSquares: [Double], meanSquare: Double, groupDiagonalSquare: Double, meanDiagonalSquare: Double
  ) -> Double {
    let count = Double(groupSquares.count)
    let distance = meanSquare - meanDiagonalSquare
    // Off-diagonal parts come as differences: below rounding there is none.
    guard groupSquares.count > 1, distance > 1e-13 * meanSquare else { return range.upperBound }
    let spread = groupSquares.reduce(0, +) - groupDiagonalSquare - count * distance
    return min(max(spread / (count * (count - 1)) / distance, range.lowerBound), range.upperBound)
  }

  /// ‖F̃_k‖²_F of groups of rows, and ‖F̄‖²_F, from S̃S̃ᵀ, rows of which may come in parts: ‖S̃_kᵀS̃_l‖²_F = Σ K_rs².
  struct Squares {
    private let place: [Int]
    private let counts: [Double]
    private(set) var groupSquares: [Double]
    private var total = 0.0

    init(groups: [[Int]], factorCount: Int) {
      var place = [Int](repeating: 0, count: factorCount)
      for (index, group) in groups.enumerated() {
        for row in group { place[row] = index }
      }
      self.place = place
      counts = groups.map { Double($0.count) }
      groupSquares = [Double](repeating: 0, count: groups.count)
    }

    /// ‖F̄‖²_F, once all rows are in.
    var meanSquare: Double { total / Double(max(1, counts.count * counts.count)) }

    /// `part` [rows, M] of K.
    mutating func add(rows: Range<Int>, _ part: Matrix) {
      for (index, row) in rows.enumerated() {
        var same = 0.0
        var weighted = 0.0
        for column in 0..<part.columnCount {
          let square = part[index, column] * part[index, column]
          weighted += square / counts[place[column]]
          if place[column] == place[row] { same += square }
        }
        let count = counts[place[row]]
        groupSquares[place[row]] += same / (count * count)
        total += weighted / count
      }
    }
  }

  static func squares(_ factors: Matrix, groups: [[Int]]) -> (groups: [Double], mean: Double) {
    var squares = Squares(groups: groups, factorCount: factors.rowCount)
    squares.add(rows: 0..<factors.rowCount, factors)
    return (squares.groupSquares, squares.meanSquare)
  }

  /// The same for the N outer products of √b(g_i − ḡ), from G̃G̃ᵀ.
  static func squares(minibatches gram: Matrix, batchSize: Double) -> (groups: [Double], mean: Double) {
    let count = gram.rowCount
    let size = Double(count)
    let means = (0..<count).map { row in (0..<count).reduce(0) { $0 + gram[row, $1] } / size }
    let mean = means.reduce(0, +) / size
    let centred = Matrix(count, count) { batchSize * (gram[$0, $1] - means[$0] - means[$1] + mean) }
    return (centred.diagonal.map { $0 * $0 }, centred.squaredFrobenius / (size * size))
  }
}
