/// Q of one tensor alone: its columns of the gradients and its diagonal block of the Fisher, at a given damping.
enum TensorSolve {
  /// Nil where no column is live.
  static func innerProducts(
    _ sums: GramSums, damping: ResolvedDamping, factorCount: Int, fisherRows: Range<Int>,
    batchSize: Double, correction: SketchCorrection? = nil
  ) -> Matrix? {
    guard sums.columnSums.liveCount > 0 else { return nil }
    let isIdentity = damping.kind == .identity
    let scale = isIdentity ? Double(sums.columnSums.liveCount) / sums.columnSums.trace : 1
    let gradientCount = sums.gradients.rowCount
    if let columns = sums.columns, let weight = damping.weight, factorCount > 0 {
      return primal(
        columns, scale: scale, gradientCount: gradientCount, factorCount: factorCount, weight: weight, correction)
    }
    guard let gram = isIdentity ? sums.raw : sums.whitened else { return nil }
    guard factorCount > 0 else {
      let space = RangeCoordinates(minibatches: gram * scale, rows: fisherRows, batchSize: batchSize)
      guard let weight = damping.weight else { return space.innerProductsUndamped() }
      let solve = correction?.settled(weight: weight, dimension: space.effectiveDimension) ?? .none(weight)
      return space.innerProducts(weight: solve.weight) * (1 / solve.scale)
    }
    let split = GramSplit(gram, gradientCount: gradientCount) * scale
    guard let weight = damping.weight else { return RangeCoordinates(split).innerProductsUndamped() }
    let solve =
      correction?.settled(weight: weight, tolerance: SketchCorrection.coarse, dimension: split.effectiveDimension)
      ?? .none(weight)
    return split.damped(weight: solve.weight).map { $0.innerProducts * (1 / solve.scale) }
  }

  /// G((1−ρ)SᵀS/M + ρI)⁻¹Gᵀ in the metric's coordinates, P small.
  private static func primal(
    _ columns: Matrix, scale: Double, gradientCount: Int, factorCount: Int, weight: Double,
    _ correction: SketchCorrection?
  ) -> Matrix? {
    let all = 0..<columns.columnCount
    let gradients = columns.submatrix(0..<gradientCount, all)
    let factors = columns.submatrix(gradientCount..<columns.rowCount, all).transposed
    let fisher = factors.timesTransposed(factors) * (scale / Double(factorCount))
    let solve = correction?.settled(weight: weight, tolerance: SketchCorrection.coarse) {
      Cholesky.effectiveDimension(fisher, shift: $0)
    }
    let weight = solve?.weight ?? weight
    var damped = fisher * (1 - weight)
    for column in all { damped[column, column] += weight }
    guard let factor = Cholesky(damped) else { return nil }
    return factor.solve(rows: gradients).timesTransposed(gradients) * (scale / (solve?.scale ?? 1))
  }
}
