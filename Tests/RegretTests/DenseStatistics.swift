#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

/// Statistics of Q (N×N) word for word, each left-out minibatch recomputed from a smaller Q.
enum DenseStatistics {
  /// Mean over ordered pairs i ≠ j.
  static func pairsMean(_ matrix: DenseMatrix) -> Double {
    var sum = 0.0
    for i in 0..<matrix.rows {
      for j in 0..<matrix.rows where i != j { sum += matrix[i, j] }
    }
    return sum / Double(matrix.rows * (matrix.rows - 1))
  }

  static func regrets(_ q: DenseMatrix) -> DenseMatrix {
    var result = q
    for i in 0..<q.rows {
      for j in 0..<q.rows { result[i, j] = sqrt(q[j, j]) * (1 - q[i, j] / (sqrt(q[i, i]) * sqrt(q[j, j]))) }
    }
    return result
  }

  static func cosines(_ q: DenseMatrix) -> DenseMatrix {
    var result = q
    for i in 0..<q.rows {
      for j in 0..<q.rows { result[i, j] = q[i, j] / (sqrt(q[i, i]) * sqrt(q[j, j])) }
    }
    return result
  }

  static func jackknife(_ matrix: DenseMatrix, _ statistic: (DenseMatrix) -> Double) -> Double? {
    let count = matrix.rows
    guard count >= 3 else { return nil }
    let left = (0..<count).map { leaving in
      let kept = (0..<count).filter { $0 != leaving }
      return statistic(matrix.keeping(rows: kept, columns: kept))
    }
    let mean = left.reduce(0, +) / Double(count)
    return sqrt(Double(count - 1) / Double(count) * left.reduce(0) { $0 + ($1 - mean) * ($1 - mean) })
  }

  static func estimate(
    _ name: String, of matrix: DenseMatrix, scale: Double, _ statistic: (DenseMatrix) -> Double
  ) -> Figures {
    [
      "\(name).value": Figure(statistic(matrix), scale: scale),
      "\(name).stderr": Figure(jackknife(matrix, statistic), scale: scale),
    ]
  }

  static let names = [
    "regret.value", "regret.stderr", "cosine.value", "cosine.stderr", "norm.value", "norm.stderr", "rms_norm",
    "jensen_ratio", "relative_regret", "mean_gradient_square.value", "mean_gradient_square.stderr", "noise",
    "coherence.value", "coherence.stderr", "contrast", "noise_scale.value", "noise_scale.stderr", "tic",
  ]

  /// The whole table; all nil below two gradients.
  static func table(_ q: DenseMatrix, batchSize: Double, hasTIC: Bool) -> Figures {
    var figures = Figures(uniqueKeysWithValues: names.map { ($0, Figure(nil)) })
    guard q.rows >= 2 else { return figures }
    func square(_ q: DenseMatrix) -> Double { q.trace / Double(q.rows) }
    func norm(_ q: DenseMatrix) -> Double { q.diagonal.reduce(0) { $0 + sqrt($1) } / Double(q.rows) }
    func coherence(_ q: DenseMatrix) -> Double { pairsMean(q) / square(q) }
    func noiseScale(_ q: DenseMatrix) -> Double { batchSize * (square(q) - pairsMean(q)) / pairsMean(q) }
    let largest = q.diagonal.max()!
    let rms = sqrt(square(q))
    func add(_ others: Figures) { figures.merge(others) { $1 } }
    add(estimate("regret", of: regrets(q), scale: sqrt(largest), pairsMean))
    add(estimate("cosine", of: cosines(q), scale: 1, pairsMean))
    add(estimate("norm", of: q, scale: sqrt(largest), norm))
    figures["rms_norm"] = Figure(rms)
    figures["jensen_ratio"] = Figure(norm(q) / rms)
    figures["relative_regret"] = Figure(pairsMean(regrets(q)) / norm(q), scale: sqrt(largest) / norm(q))
    add(estimate("mean_gradient_square", of: q, scale: largest, pairsMean))
    figures["noise"] = Figure(square(q) - pairsMean(q), scale: largest)
    add(estimate("coherence", of: q, scale: largest / square(q), coherence))
    if pairsMean(q) > 0 {
      // A quotient of small differences: what its smallest denominator makes of their rounding.
      let left = (0..<q.rows).map { leaving in
        let kept = (0..<q.rows).filter { $0 != leaving }
        return q.keeping(rows: kept, columns: kept)
      }
      let smallest = ([q] + (q.rows > 2 ? left : [])).map { abs(pairsMean($0)) }.min()!
      let amplification = largest * largest / (smallest * smallest)
      figures["contrast"] = Figure(1 / coherence(q), scale: amplification)
      add(estimate("noise_scale", of: q, scale: batchSize * amplification, noiseScale))
    }
    figures["tic"] = Figure(hasTIC ? batchSize * (square(q) - pairsMean(q)) : nil, scale: batchSize * largest)
    return figures
  }

  /// One of the minibatches of Q; all nil without.
  static func minibatch(_ place: Int?, _ q: DenseMatrix) -> Figures {
    guard let place else { return ["norm": Figure(nil), "cosine": Figure(nil), "share": Figure(nil)] }
    let others = (0..<q.rows).filter { $0 != place }
    let cosines = cosines(q)
    let total = (0..<q.rows).reduce(0) { sum, row in (0..<q.rows).reduce(sum) { $0 + q[row, $1] } }
    let own = (0..<q.rows).reduce(0) { $0 + q[place, $1] }
    return [
      "norm": Figure(sqrt(q[place, place])),
      "cosine": Figure(
        others.isEmpty ? nil : others.reduce(0) { $0 + cosines[place, $1] } / Double(others.count), scale: 1),
      // A quotient by what is left of terms that cancel.
      "share": Figure(
        total > 1e-6 * q.trace ? own / total : nil,
        scale: q.trace / total * max(1, abs(own / total))),
    ]
  }

  static let heldOutNames = [
    "regret.value", "regret.stderr", "cosine.value", "cosine.stderr", "tic.value", "tic.stderr",
  ]

  /// The held-out measures from one 2×2 Q a pair, in the order of `pairs`; all nil without.
  static func heldOut(_ pairs: [(i: Int, j: Int, q: DenseMatrix)]?, count: Int, batchSize: Double) -> Figures {
    guard let pairs else { return Figures(uniqueKeysWithValues: heldOutNames.map { ($0, Figure(nil)) }) }
    var regret = DenseMatrix(count, count)
    var cosine = DenseMatrix(count, count)
    var spread = DenseMatrix(count, count)
    for (i, j, q) in pairs {
      let (a, b) = (sqrt(q[0, 0]), sqrt(q[1, 1]))
      regret[i, j] = b - q[0, 1] / a
      regret[j, i] = a - q[0, 1] / b
      cosine[i, j] = q[0, 1] / (a * b)
      cosine[j, i] = cosine[i, j]
      spread[i, j] = batchSize * ((q[0, 0] + q[1, 1]) / 2 - q[0, 1])
      spread[j, i] = spread[i, j]
    }
    let largest = pairs.flatMap { $0.q.diagonal }.max()!
    return estimate("regret", of: regret, scale: sqrt(largest), pairsMean)
      .merging(estimate("cosine", of: cosine, scale: 1, pairsMean)) { $1 }
      .merging(estimate("tic", of: spread, scale: batchSize * largest, pairsMean)) { $1 }
  }
}
