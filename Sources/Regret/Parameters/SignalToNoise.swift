/// Signal-to-noise ratios of single parameters, Σ over parameters of ḡ_p² ÷ s_p² − 1/N: of all N gradients, and without each of them.
struct SignalToNoise: Sendable {
  /// Sums without gradient i at place i, and over all of them at the last [N + 1].
  private var sums: [Double]
  /// How many parameters these are of: those whose gradients vary.
  private var counts: [Double]

  /// Of `count` gradients.
  init(count: Int) {
    sums = [Double](repeating: 0, count: count + 1)
    counts = sums
  }

  /// The same from its ``numbers``.
  init(numbers: some Collection<Double>) {
    sums = Array(numbers.prefix(numbers.count / 2))
    counts = Array(numbers.suffix(numbers.count / 2))
  }

  /// All that it holds, which adds up over columns.
  var numbers: [Double] { sums + counts }

  private var count: Int { sums.count - 1 }

  /// The mean over parameters, of one example of minibatches of `batchSize`; nil below two gradients, and where no parameter's gradient
  /// varies.
  func mean(batchSize: Double) -> Estimate? {
    guard count >= 2, counts[count] > 0 else { return nil }
    let values = sums.indices.map { sums[$0] / (counts[$0] * batchSize) }
    let isKnown = count >= 3 && counts.allSatisfy { $0 > 0 }
    return Jackknife.estimate(value: values[count], left: isKnown ? Array(values.prefix(count)) : [])
  }

  /// Adds the first `width` columns of the first rows of `block`, the gradients, and leaves them scaled.
  mutating func add(_ block: BlockRows<Double>, width: Int) {
    let number = Double(count)
    guard count >= 2 else { return }
    Self.scale(block, rowCount: count, width: width)
    // From the first on, so that what does not vary has its very value as mean.
    let first = block[0]
    var means = [Double](repeating: 0, count: width)
    for row in 1..<count {
      let values = block[row]
      for column in 0..<width { means[column] += values[column] - first[column] }
    }
    for column in 0..<width { means[column] = first[column] + means[column] / number }
    var squares = [Double](repeating: 0, count: width)
    for row in 0..<count {
      let values = block[row]
      for column in 0..<width {
        let deviation = values[column] - means[column]
        squares[column] += deviation * deviation
      }
    }
    let least = Self.least(count)
    for column in 0..<width
    where squares[column] > 0 && squares[column] > least * means[column] * means[column] {
      sums[count] += means[column] * means[column] * (number - 1) / squares[column] - 1 / number
      counts[count] += 1
    }
    guard count >= 3 else { return }
    for row in 0..<count { leaveOut(row, of: block, means, squares) }
  }

  /// The same without gradient `row`, of columns of such `means` and sums of squares about them.
  private mutating func leaveOut(_ row: Int, of block: BlockRows<Double>, _ means: [Double], _ squares: [Double]) {
    typealias Lanes = SIMD8<Double>
    let (number, least) = (Double(count), Self.least(count - 1))
    let (share, growth) = (Lanes(repeating: 1 / (number - 1)), Lanes(repeating: number / (number - 1)))
    var sum = Lanes()
    var known = Lanes()
    let values = block[row]
    means.withUnsafeBufferPointer { means in
      squares.withUnsafeBufferPointer { squares in
        for first in stride(from: 0, to: means.count, by: Lanes.scalarCount) {
          let all = Self.lanes(squares.baseAddress! + first, means.count - first)
          var mean = Self.lanes(means.baseAddress! + first, means.count - first)
          let deviation = Self.lanes(values + first, means.count - first) - mean
          var square = all - deviation * deviation * growth
          // One gradient makes nearly all of it: what is left has few digits.
          let isRare = square .< all * 1e-6
          mean -= deviation * share
          if any(isRare) {
            for lane in 0..<min(Lanes.scalarCount, means.count - first) where isRare[lane] {
              (mean[lane], square[lane]) = Self.moments(block, without: row, first + lane, count)
            }
          }
          let isKnown = square .> 0 .& (square .> mean * mean * least)
          sum.replace(with: sum + (mean * mean * (number - 2) / square - share), where: isKnown)
          known.replace(with: known + 1, where: isKnown)
        }
      }
    }
    sums[row] += sum.sum()
    counts[row] += known.sum()
  }

  /// The first eight of `count` numbers, 0 beyond.
  private static func lanes(_ numbers: UnsafePointer<Double>, _ count: Int) -> SIMD8<Double> {
    if count >= 8 { return UnsafeRawPointer(numbers).loadUnaligned(as: SIMD8<Double>.self) }
    var lanes = SIMD8<Double>()
    for lane in 0..<count { lanes[lane] = numbers[lane] }
    return lanes
  }

  /// The mean of the other rows' numbers, and the sum of the squares of what they differ from it.
  private static func moments(
    _ block: BlockRows<Double>, without row: Int, _ column: Int, _ count: Int
  ) -> (mean: Double, square: Double) {
    let first = block[row == 0 ? 1 : 0][column]
    var mean = 0.0
    for other in 0..<count where other != row { mean += block[other][column] - first }
    mean = first + mean / Double(count - 1)
    var square = 0.0
    for other in 0..<count where other != row {
      let deviation = block[other][column] - mean
      square += deviation * deviation
    }
    return (mean, square)
  }

  /// What rounding leaves as the sum of squares of `count` equal numbers, as a share of the number's square.
  private static func least(_ count: Int) -> Double { Double(count) * 64 * .ulpOfOne * .ulpOfOne }

  /// Every column divided by a power of two that brings its largest number near 1: ratios do not see it, squares would leave
  /// double precision.
  private static func scale(_ block: BlockRows<Double>, rowCount: Int, width: Int) {
    var factors = [Double](repeating: 0, count: width)
    for row in 0..<rowCount {
      let values = block[row]
      for column in 0..<width { factors[column] = max(factors[column], abs(values[column])) }
    }
    for column in 0..<width where factors[column] > 0 {
      let exponent = -Int(factors[column].exponent)
      factors[column] = Double(sign: .plus, exponent: exponent, significand: 1)
      guard !factors[column].isNormal else { continue }
      // The power itself is no number that multiplies without loss.
      factors[column] = 1
      for row in 0..<rowCount {
        block[row][column] = Double(sign: .plus, exponent: exponent, significand: block[row][column])
      }
    }
    block.scale(0..<rowCount, width, by: factors)
  }
}
