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

  /// The same where rows are divided by the root of a D̂ that they had no part in, so that the Fisher's own diagonal is not
  /// known, nor in need of being left alone: ρ = Σ_k‖F̃_k − F̄‖²_F/(K(K−1)) ÷ ‖F̄ − I‖²_F. (Ledoit and Wolf 2004)
  static func weight(_ sums: Sums, liveCount: Int) -> Double {
    let count = Double(sums.groups.count)
    let distance = sums.mean - 2 * sums.trace + Double(liveCount)
    guard count > 1, distance > 1e-13 * sums.mean else { return range.upperBound }
    let spread = sums.groups.reduce(0, +) - count * sums.mean
    return min(max(spread / (count * (count - 1)) / distance, range.lowerBound), range.upperBound)
  }

  /// ‖F̃_k‖²_F for every group, ‖F̄‖²_F and tr F̄.
  struct Sums {
    var groups: [Double]
    var mean: Double
    var trace: Double
  }

  /// ‖F̃_k‖²_F of groups of rows, and ‖F̄‖²_F, from S̃S̃ᵀ, rows of which may come in parts: ‖S̃_kᵀS̃_l‖²_F = Σ K_rs².
  struct Squares {
    private let place: [Int]
    private let counts: [Double]
    /// What sketching adds to squares, and the rows' squared lengths; nil where rows are whole.
    private let noise: (of: SketchNoise, squares: [Double])?
    private var groupSquares: [Double]
    private var total = 0.0
    private var trace = 0.0

    init(groups: [[Int]], factorCount: Int, noise: (of: SketchNoise, squares: [Double])? = nil) {
      self.noise = noise
      var place = [Int](repeating: 0, count: factorCount)
      for (index, group) in groups.enumerated() {
        for row in group { place[row] = index }
      }
      self.place = place
      counts = groups.map { Double($0.count) }
      groupSquares = [Double](repeating: 0, count: groups.count)
    }

    /// All of it, once all rows are in.
    var sums: Sums {
      let count = Double(max(1, counts.count))
      return Sums(groups: groupSquares, mean: total / (count * count), trace: trace / count)
    }

    /// `part` [rows, M] of K.
    mutating func add(rows: Range<Int>, _ part: Matrix) {
      for (index, row) in rows.enumerated() {
        var same = 0.0
        var weighted = 0.0
        trace += part[index, row] / counts[place[row]]
        for column in 0..<part.columnCount {
          let product = part[index, column]
          var square = product * product
          if let noise, column != row {
            square = noise.of.square(product, noise.squares[row], noise.squares[column])
          }
          weighted += square / counts[place[column]]
          if place[column] == place[row] { same += square }
        }
        let count = counts[place[row]]
        groupSquares[place[row]] += same / (count * count)
        total += weighted / count
      }
    }
  }

  static func squares(_ factors: Matrix, groups: [[Int]], noise: SketchNoise? = nil) -> Sums {
    var squares = Squares(
      groups: groups, factorCount: factors.rowCount, noise: noise.map { ($0, factors.diagonal) })
    squares.add(rows: 0..<factors.rowCount, factors)
    return squares.sums
  }

  /// The same for the N outer products of √b(g_i − ḡ), from G̃G̃ᵀ.
  static func squares(minibatches gram: Matrix, batchSize: Double, noise: SketchNoise? = nil) -> Sums {
    let count = gram.rowCount
    let size = Double(count)
    let means = (0..<count).map { row in (0..<count).reduce(0) { $0 + gram[row, $1] } / size }
    let mean = means.reduce(0, +) / size
    let centred = Matrix(count, count) { batchSize * (gram[$0, $1] - means[$0] - means[$1] + mean) }
    let lengths = centred.diagonal
    var square = centred.squaredFrobenius
    if let noise {
      for row in 0..<count {
        for column in 0..<count where column != row {
          let product = centred[row, column]
          square += noise.square(product, lengths[row], lengths[column]) - product * product
        }
      }
    }
    return Sums(
      groups: lengths.map { $0 * $0 }, mean: square / (size * size), trace: lengths.reduce(0, +) / size)
  }
}
