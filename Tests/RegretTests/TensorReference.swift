#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif
internal import Checkpoint
internal import Regret

/// The KL regret of one tensor from its columns alone, for tensors too wide for a P×P matrix:
/// Q = (1/ρ)(K − X(W + (ρ/(1−ρ))I)⁻¹Xᵀ), K, X and W the products of gradients with gradients, gradients with factors and
/// factors with factors over M, all in the metric's coordinates.
enum TensorReference {
  /// Nil where fewer than two gradients have a length, or no column is live.
  static func regret(_ gradients: DenseMatrix, _ factors: DenseMatrix, damping: ResolvedDamping) -> Double? {
    let columns = gradients.columns
    var diagonal = [Double](repeating: 0, count: columns)
    for row in 0..<factors.rows {
      for column in 0..<columns { diagonal[column] += factors[row, column] * factors[row, column] }
    }
    let live = diagonal.indices.filter { diagonal[$0] > 0 }
    guard !live.isEmpty, let weight = damping.weight else { return nil }
    let count = Double(factors.rows)
    let mean = live.reduce(0) { $0 + diagonal[$1] } / count / Double(live.count)
    let scale = live.map { 1 / sqrt(damping.kind == .identity ? mean : diagonal[$0] / count) }
    let g = gradients.keeping(columns: live).scalingColumns(scale)
    let s = factors.keeping(columns: live).scalingColumns(scale) * (1 / sqrt(count))
    let kept = (0..<g.rows).filter { row in g.row(row).contains { $0 != 0 } }
    guard kept.count > 1 else { return nil }
    let own = g.keeping(rows: kept)
    var q = own * own.transposed * (1 / weight)
    if weight < 1 {
      var inner = s * s.transposed
      for row in 0..<inner.rows { inner[row, row] += weight / (1 - weight) }
      let cross = own * s.transposed
      q = q - cross * inner.inverse * cross.transposed * (1 / weight)
    }
    var sum = 0.0
    for i in 0..<q.rows {
      for j in 0..<q.rows where i != j { sum += sqrt(q[j, j]) - q[i, j] / sqrt(q[i, i]) }
    }
    return sum / Double(q.rows * (q.rows - 1))
  }
}
