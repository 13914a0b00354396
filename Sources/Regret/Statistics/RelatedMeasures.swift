#if canImport(Darwin)
  internal import Darwin
#else
  internal import Glibc
#endif

/// What others propose to read from gradients of minibatches, and the regret in other summaries than its mean: from the same inner
/// products, to be compared with it. Formulas and sources are in the documentation's Measures.
public struct RelatedMeasures: Hashable, Codable, Sendable {
  /// In a Euclidean ball; nil where fewer than two gradients are left.
  public var euclidean: RelatedStatistics?
  /// In a KL ball, with the Fisher of all factor rows.
  public var inSample: RelatedStatistics?
  /// Regrets under Fishers that saw neither minibatch of a pair.
  public var heldOut: TypicalRegret?
  /// Regrets under the population's Fisher.
  public var estimate: TypicalRegret?
  /// From θ and from single parameters, which inner products do not tell; nil where that is not asked for.
  public var parameters: ParameterMeasures?
}

/// Summaries of R_ij over ordered pairs i ≠ j that few large regrets do not carry along.
public struct TypicalRegret: Hashable, Codable, Sendable {
  /// The median.
  public var median: Double
  /// exp mean log R_ij, R_ij below 10⁻⁶ of the largest counted as that: rounding does not tell them from none. 0 where all are.
  public var geometricMean: Estimate
}

/// Measures of N gradients from their inner products Q, q_i = √Q_ii.
public struct RelatedStatistics: Hashable, Codable, Sendable {
  /// Regrets' other summaries.
  public var regret: TypicalRegret
  /// Mean over i of the regret on the mean ḡ of the other gradients, ‖ḡ‖(1 − cos(g_i, ḡ)).
  public var regretOnMean: Estimate
  /// The mean regret on another gradient ÷ ``regretOnMean``; nil unless that is more than 10⁻¹² of the mean norm, which is rounding's.
  public var regretRatio: Estimate?
  /// Mean over pairs of ‖g_i − g_j‖ (Forouzesh and Thiran 2021).
  public var disparity: Estimate
  /// Mean Q_ij over i ≠ j ÷ ‖ḡ‖², ḡ the mean of all N gradients: the one-step generalization ratio of their n = N·b examples, which
  /// is 1 ÷ (1 + noise scale ÷ n) (Liu et al. 2020). Nil where gradients cancel to rounding.
  public var oneStepRatio: Estimate?
  /// Mean over pairs of sign Q_ij (Fort et al. 2019; their other form is the cosine).
  public var stiffness: Estimate
}

extension TypicalRegret {
  /// The least that a regret counts as in the geometric mean, relative to the largest.
  static let smallestShare = 1e-6

  /// The median of numbers in order, of which there are some.
  static func median(sorted terms: [Double]) -> Double {
    (terms[(terms.count - 1) / 2] + terms[terms.count / 2]) / 2
  }

  /// Of R_ij; nil below two gradients.
  init?(_ regrets: Matrix) {
    let count = regrets.rowCount
    guard count >= 2 else { return nil }
    var terms: [Double] = []
    terms.reserveCapacity(count * (count - 1))
    for row in 0..<count {
      for column in 0..<count where column != row { terms.append(max(0, regrets[row, column])) }
    }
    terms.sort()
    median = Self.median(sorted: terms)
    let floor = Self.smallestShare * terms[terms.count - 1]
    guard floor > 0 else {
      geometricMean = Estimate(value: 0, standardError: nil)
      return
    }
    let logarithms = PairSums(Matrix(count, count) { $0 == $1 ? 0 : log(max(floor, regrets[$0, $1])) })
    geometricMean = Jackknife.estimate(count: count, scale: .logarithmic) { exp(logarithms.mean(leaving: $0)) }
  }
}

extension InnerProducts {
  /// Nil below two gradients.
  var related: RelatedStatistics? {
    let regrets = regrets
    guard count >= 2, let typical = TypicalRegret(regrets) else { return nil }
    func mean(_ scale: Jackknife.Scale, _ element: (Int, Int) -> Double) -> Estimate {
      let sums = PairSums(Matrix(count, count, element))
      return Jackknife.estimate(count: count, scale: scale) { sums.mean(leaving: $0) }
    }
    let onMean = RegretOnMean(matrix)
    let ratio = RegretRatio(regrets, norms, onMean)
    return RelatedStatistics(
      regret: typical,
      regretOnMean: Jackknife.estimate(count: count, scale: .logarithmic) { onMean.mean(leaving: $0) },
      regretRatio: ratio.value().isNaN
        ? nil : Jackknife.estimate(count: count, scale: .logarithmic) { ratio.value(leaving: $0) },
      disparity: mean(.logarithmic) { max(0, matrix[$0, $0] + matrix[$1, $1] - 2 * matrix[$0, $1]).squareRoot() },
      oneStepRatio: oneStepRatio,
      stiffness: mean(.within(-1...1)) { matrix[$0, $1] > 0 ? 1 : matrix[$0, $1] < 0 ? -1 : 0 })
  }
}

extension InnerProducts {
  /// ``RelatedStatistics/regretRatio`` without its error.
  var regretRatio: Double? {
    guard count >= 2 else { return nil }
    let ratio = RegretRatio(regrets, norms, RegretOnMean(matrix)).value()
    return ratio.isNaN ? nil : ratio
  }

  private var oneStepRatio: Estimate? {
    let pairs = PairSums(matrix)
    let squares = TermSum(matrix.diagonal)
    func meanSquare(_ leaving: Int?) -> Double {
      let left = Double(count - (leaving == nil ? 0 : 1))
      return (squares.mean(leaving: leaving) + (left - 1) * pairs.mean(leaving: leaving)) / left
    }
    // What rounding leaves of gradients that cancel is no length.
    let isKnown = ([nil] + (count < 3 ? [] : matrix.diagonal.indices.map(Optional.init))).allSatisfy {
      meanSquare($0) > 1e-6 * squares.mean(leaving: $0)
    }
    guard isKnown else { return nil }
    return Jackknife.estimate(count: count, scale: .linear) { pairs.mean(leaving: $0) / meanSquare($0) }
  }
}

/// Regrets of each gradient's step on the mean of the others, from sums of Q's rows.
private struct RegretOnMean {
  private let matrix: Matrix
  private let rows: [PreciseSum]
  private let total: PreciseSum

  init(_ matrix: Matrix) {
    self.matrix = matrix
    rows = (0..<matrix.rowCount).map { row in (0..<matrix.rowCount).lazy.map { matrix[row, $0] }.preciseSum }
    total = rows.reduce(into: PreciseSum()) { $0 += $1 }
  }

  /// Mean over i, without gradient `leaving`.
  func mean(leaving: Int? = nil) -> Double {
    let left = Double(matrix.rowCount - (leaving == nil ? 0 : 1))
    var sum = 0.0
    for i in 0..<matrix.rowCount where i != leaving {
      var cross = rows[i] - matrix[i, i]
      var square = total - rows[i] - cross
      if let leaving {
        cross -= matrix[i, leaving]
        let row = rows[leaving] - matrix[i, leaving]
        square = square - row - (row - matrix[leaving, leaving])
      }
      sum +=
        InnerProducts.size(max(0, square.value).squareRoot() - cross.value / matrix[i, i].squareRoot()) / (left - 1)
    }
    return sum / left
  }
}

/// The mean regret on another gradient over that on the mean of the others.
private struct RegretRatio {
  private let regrets: PairSums
  private let onMean: RegretOnMean
  private let norms: TermSum

  init(_ regrets: Matrix, _ norms: [Double], _ onMean: RegretOnMean) {
    self.regrets = PairSums(regrets)
    self.norms = TermSum(norms)
    self.onMean = onMean
  }

  /// Without gradient `leaving`; not a number where the divisor is rounding's.
  func value(leaving: Int? = nil) -> Double {
    let divisor = onMean.mean(leaving: leaving)
    return divisor > InnerProducts.rounding * norms.mean(leaving: leaving)
      ? regrets.mean(leaving: leaving) / divisor : .nan
  }
}
