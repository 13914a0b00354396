/// What every audit knows of the gradients, whichever way the Fisher is handled.
struct Sample: Sendable {
  /// G·Gᵀ [N, N] over all columns.
  var gradients: Matrix
  /// Gradients with an element that is not 0.
  var isNonzero: [Bool]
  /// Columns in which some factor is not 0.
  var liveCount: Int
  /// Σ‖g‖² over the other columns.
  var deadSquare: Double
  /// ‖g̃_i‖² over live columns in coordinates that the solver works in [N]; empty without a usable Fisher.
  var squares: [Double] = []
  /// Σ of what ``squares`` are over columns whose D few minibatches make.
  var thinSquare = 0.0
  /// A minibatch whose empirical rows have another mean than its gradient; nil where none was found.
  var empiricalMean: EmpiricalMean?
  /// tr F; nil without a usable Fisher.
  var trace: Double?
  /// Gradients that are the same to the bit, a group of rows each.
  var equalRows: [[Int]] = []
  /// Whether squares on the way left double precision, so that some columns were left out of the metric.
  var isOutOfRange = false
  /// G·Gᵀ tensor by tensor where there is no usable Fisher to go with it.
  var tensors: [TensorProducts]?

  init(_ sums: GramSums) {
    gradients = sums.gradients
    isNonzero = sums.columnSums.isNonzero
    liveCount = sums.columnSums.liveCount
    deadSquare = sums.columnSums.deadSquare
    trace = sums.columnSums.liveCount > 0 ? sums.columnSums.trace : nil
    thinSquare = sums.columnSums.thinSquare
    if let metric = sums.whitened ?? sums.raw ?? sums.tile { squares = Array(metric.diagonal.prefix(isNonzero.count)) }
  }

  /// Whether a square has all its digits in double precision.
  static func isInRange(_ square: Double) -> Bool { square.isFinite && square >= .leastNormalMagnitude / .ulpOfOne }

  init(gradients: Matrix, isNonzero: [Bool], liveCount: Int, deadSquare: Double) {
    self.gradients = gradients
    self.isNonzero = isNonzero
    self.liveCount = liveCount
    self.deadSquare = deadSquare
  }
}

extension AuditInput {
  /// Harmonic mean b of the sizes of the minibatches that the headline numbers are over.
  var batchSize: Double { harmonicMean(referenceRows) }

  /// Harmonic mean of the sizes of the minibatches that the `minibatch` Fisher is made of.
  var fisherBatchSize: Double { harmonicMean(fisherRows) }

  /// Harmonic mean of the sizes of the minibatches `rows`.
  func harmonicMean(_ rows: Range<Int>) -> Double { batchSizes[rows].harmonicMean }
}

extension Collection<Int> {
  /// n ÷ Σ1/x; of equal numbers exactly what they are, however many.
  var harmonicMean: Double {
    if let first, allSatisfy({ $0 == first }) { return Double(first) }
    return Double(count) / reduce(0) { $0 + 1 / Double($1) }
  }
}
