internal import Dispatch
internal import Synchronization

/// The regret of each pair under a Fisher made of the rows of neither minibatch: a low-rank downdate, never a refit.
enum HeldOut {
  /// Inner products Q₋ of one pair (i, j).
  struct Pair: Sendable {
    var first: Double
    var cross: Double
    var second: Double
  }

  /// For stored factors. D, t and ρ are the whole sample's; M′ = rows left.
  ///
  /// With K = S̃S̃ᵀ, μ = ρM′/(1−ρ), B = (K + μI)⁻¹, Y = G̃S̃ᵀB and V the rows of the two minibatches:
  /// Q₋ = (1/ρ)(G̃G̃ᵀ − Y S̃G̃ᵀ + Y_V B_VV⁻¹ Y_Vᵀ), which is Q_ΓΓ + Q_ΓV(W⁻¹ − Q_VV)⁻¹Q_VΓ without its differences.
  /// Nil where some pair leaves no row.
  static func pairs(
    _ space: RangeCoordinates, groups: FactorGroups, kept: [Int], weight: Double, workerCount: Int
  ) -> HeldOutPairs? {
    let total = space.factorCount
    let sizes = kept.map { groups.rows[$0].count }
    let largest = sizes.sorted(by: >).prefix(2).reduce(0, +)
    guard kept.count >= 2, largest < total else { return nil }
    if weight == 1 {
      // The diagonal is the whole sample's, so nothing changes but for the zero rank of what is left out.
      return pairs(kept, workerCount: 1) { first, second in
        let (i, j) = (kept[first], kept[second])
        return Pair(first: space.gram[i, i], cross: space.gram[i, j], second: space.gram[j, j])
      }
    }
    // Rows come in few different numbers, so what depends on M′ alone is formed once for each.
    var shared: [Int: Downdate] = [:]
    for (index, size) in sizes.enumerated() {
      for other in sizes[..<index] where shared[size + other] == nil {
        shared[size + other] = Downdate(space, rowsLeft: total - size - other, weight: weight)
      }
    }
    let downdates = shared
    let tiles = DowndateTiles(
      space, groups: groups, kept: kept, downdates: downdates, weight: weight, workerCount: workerCount)
    if let tiles { return tiles.pairs(workerCount: workerCount) }
    return pairs(kept, workerCount: workerCount) { first, second in
      let (i, j) = (kept[first], kept[second])
      let downdate = downdates[sizes[first] + sizes[second]]!
      return downdate.pair(i, j, without: groups.rows[i] + groups.rows[j], space)
    }
  }

  /// For `minibatch`: F₋ = b₋·Cov + ḡḡᵀ of the other N − 2 gradients, b₋ their harmonic mean size. Nil below N = 5.
  ///
  /// `rows` are the gradients that the Fisher is of; a pair leaves out those of its own that are among them.
  static func pairs(
    minibatches gram: Matrix, rows: Range<Int>, batchSizes: [Int], kept: [Int], weight: Double, workerCount: Int
  ) -> HeldOutPairs? {
    guard rows.count < gram.rowCount else {
      return pairs(minibatches: gram, batchSizes: batchSizes, kept: kept, weight: weight, workerCount: workerCount)
    }
    guard rows.count >= 5, kept.count >= 2 else { return nil }
    let places = kept.indices.filter { rows.contains(kept[$0]) }
    let within =
      places.count < 2
      ? nil
      : pairs(
        minibatches: gram.submatrix(rows, rows), batchSizes: Array(batchSizes[rows]),
        kept: places.map { kept[$0] - rows.lowerBound }, weight: weight, workerCount: workerCount)
    // Q without each of the Fisher's own minibatches, and without none.
    let left: [Int?] = places.map { $0 } + [nil]
    let results = Mutex<[Int?: Matrix]>([:])
    OrderedWork.run(count: left.count, workerCount: workerCount) { index -> Matrix? in
      let others = rows.filter { row in left[index].map { kept[$0] != row } ?? true }
      return products(gram, fisherOf: others, batchSizes: batchSizes, weight: weight)
    } commit: { index, products in
      results.withLock { $0[left[index]] = products }
    }
    let known = results.withLock { $0 }
    let order = Dictionary(uniqueKeysWithValues: places.enumerated().map { ($0.element, $0.offset) })
    return pairs(kept, workerCount: 1) { first, second in
      if let one = order[first], let other = order[second] { return within?.products[other][one] }
      let own = order[first] != nil ? first : order[second] != nil ? second : nil
      guard let products = known[own] else { return nil }
      let (i, j) = (kept[first], kept[second])
      return Pair(first: products[i, i], cross: products[i, j], second: products[j, j])
    }
  }

  /// Q of all gradients under the Fisher of `others` among them.
  private static func products(_ gram: Matrix, fisherOf others: [Int], batchSizes: [Int], weight: Double) -> Matrix? {
    let size = others.map { batchSizes[$0] }.harmonicMean
    return GramSplit(minibatches: gram, rows: others, batchSize: size).damped(weight: weight)?.innerProducts
  }

  /// Up to so many gradients each pair is solved by itself where lengths are too different for eigenvectors; more take too long.
  static let gradedLimit = 128

  /// The same of all gradients.
  ///
  /// With c = (1−ρ)b₋/(N−3), μ = ρ/c, K = G̃G̃ᵀ and B = (K + μI)⁻¹: rows of G have Q = (1/c)(I − μB) under cGᵀG + ρD,
  /// and g_i, g_j and the others' mean are taken out of it.
  static func pairs(
    minibatches gram: Matrix, batchSizes: [Int], kept: [Int], weight: Double, workerCount: Int
  ) -> HeldOutPairs? {
    let count = gram.rowCount
    guard count >= 5, kept.count >= 2 else { return nil }
    if weight == 1 {
      return pairs(kept, workerCount: 1) { first, second in
        let (i, j) = (kept[first], kept[second])
        return Pair(first: gram[i, i], cross: gram[i, j], second: gram[j, j])
      }
    }
    if GradedMinibatches.isGraded(gram, batchSizes: batchSizes) {
      guard count <= gradedLimit else { return nil }
      return pairs(kept, workerCount: workerCount) { first, second in
        let (i, j) = (kept[first], kept[second])
        let others = (0..<count).filter { $0 != i && $0 != j }
        guard let products = products(gram, fisherOf: others, batchSizes: batchSizes, weight: weight) else {
          return nil
        }
        return Pair(first: products[i, i], cross: products[i, j], second: products[j, j])
      }
    }
    let eigen = SymmetricEigen(gram)
    let values = eigen.values.map { max(0, $0) }
    let vectors = eigen.vectors
    let sums = (0..<count).map { k in (0..<count).reduce(0) { $0 + vectors[k, $1] } }
    let reciprocal = batchSizes.reduce(0) { $0 + 1 / Double($1) }
    let others = Double(count - 2)

    return pairs(kept, workerCount: workerCount) { first, second in
      let (i, j) = (kept[first], kept[second])
      let size = others / (reciprocal - 1 / Double(batchSizes[i]) - 1 / Double(batchSizes[j]))
      let c = (1 - weight) * size / (others - 1)
      let shift = weight / c
      // Λ [3, N]: g_i, g_j, mean of the others; ΛBΛᵀ by way of the eigenvectors.
      var matrix = Matrix(3, 3)
      for k in 0..<count {
        let inverse = 1 / (values[k] + shift)
        let own = (vectors[k, i], vectors[k, j])
        let mean = (sums[k] - own.0 - own.1) / others
        matrix[0, 0] += own.0 * own.0 * inverse
        matrix[0, 1] += own.0 * own.1 * inverse
        matrix[1, 1] += own.1 * own.1 * inverse
        matrix[0, 2] += own.0 * mean * inverse
        matrix[1, 2] += own.1 * mean * inverse
        matrix[2, 2] += mean * mean * inverse
      }
      matrix.copyUpperTriangle()
      // Q_ΓV = (1/c)(ΓΛᵀ − μΛBΛᵀ), W⁻¹ − Q_VV = (μ/c)ΛBΛᵀ + what 1/(c(N−2) − (1−ρ)) has over 1/(c(N−2)).
      var cross = Matrix(2, 3)
      var whole = Matrix(2, 2)
      for row in 0..<2 {
        for column in 0..<3 { cross[row, column] = ((row == column ? 1 : 0) - shift * matrix[row, column]) / c }
        for column in 0..<2 { whole[row, column] = cross[row, column] }
      }
      var capacitance = matrix * (shift / c)
      capacitance[2, 2] += (1 - weight) / (c * others * (c * others - (1 - weight)))
      guard let factor = Cholesky(capacitance) else { return nil }
      let result = whole + factor.solve(rows: cross).timesTransposed(cross)
      return Pair(first: result[0, 0], cross: result[0, 1], second: result[1, 1])
    }
  }

  /// Every pair's inner products; nil where some pair has no length. `pair` takes places in `kept`.
  static func pairs(_ kept: [Int], workerCount: Int, pair: @Sendable (Int, Int) -> Pair?) -> HeldOutPairs? {
    let results = Mutex<[[Pair]?]>(Array(repeating: nil, count: kept.count))
    let next = Atomic<Int>(1)
    BLAS.useOneThread()
    DispatchQueue.concurrentPerform(iterations: max(1, workerCount)) { _ in
      while true {
        let second = next.add(1, ordering: .relaxed).oldValue
        guard second < kept.count else { return }
        var row: [Pair]? = []
        for first in 0..<second {
          guard let value = pair(first, second), value.first > 0, value.second > 0 else {
            row = nil
            break
          }
          row!.append(value)
        }
        results.withLock { $0[second] = row }
      }
    }
    let rows = results.withLock { $0 }
    guard rows.dropFirst().allSatisfy({ $0 != nil }) else { return nil }
    return HeldOutPairs(minibatches: kept, rows: rows.map { $0 ?? [] })
  }
}
