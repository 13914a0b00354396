#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif
internal import Checkpoint
internal import Regret

/// Every number of an audit from the definitions alone.
enum DenseReference {
  static func figures(
    _ sample: TestSample, kind: FisherKind, damping: Damping, withPath: Bool = true
  ) -> Figures {
    let gradients = sample.gradients
    let b = DenseFisher.harmonicMean(sample.sizes)
    let nonzero = (0..<gradients.rows).filter { row in gradients.row(row).contains { $0 != 0 } }
    let own = gradients.keeping(rows: nonzero)
    var figures = Figures()
    figures["minibatches"] = Figure(Double(gradients.rows))
    figures["zero_gradients"] = Figure(Double(gradients.rows - nonzero.count))
    figures["batch_size"] = Figure(b)
    figures.add("euclidean", DenseStatistics.table(own * own.transposed, batchSize: b, hasTIC: false))
    for row in 0..<gradients.rows {
      let at = "per_minibatch.\(row)"
      figures.add("\(at).euclidean", DenseStatistics.minibatch(nil, own * own.transposed))
      figures.add("\(at).kl.in_sample", DenseStatistics.minibatch(nil, own * own.transposed))
      figures["\(at).kl.held_out.cosine"] = Figure(nil)
    }
    for (place, row) in nonzero.enumerated() {
      figures.add("per_minibatch.\(row).euclidean", DenseStatistics.minibatch(place, own * own.transposed))
    }

    let factors = sample.factors[kind]
    func fisher(_ columns: [Int]) -> DenseFisher? {
      guard kind != .minibatch || gradients.rows >= 3 else { return nil }
      let fisher = DenseFisher(
        kind, gradients: gradients.keeping(columns: columns), sizes: sample.sizes,
        factors: factors?.rows.keeping(columns: columns), ids: factors?.ids)
      return fisher.live.isEmpty ? nil : fisher
    }
    let whole = fisher(Array(0..<gradients.columns))
    let resolved = whole?.resolve(damping)
    figures["kl.in_sample.is_there"] = Figure(whole == nil ? 0 : 1)
    if let whole, let resolved {
      figures.merge(kl(whole, resolved, nonzero, b)) { $1 }
      if withPath { figures.merge(path(whole, resolved, nonzero, b)) { $1 } }
    }

    for tensor in sample.tensors {
      let columns = Array(tensor.range)
      let part = gradients.keeping(columns: columns)
      let kept = (0..<part.rows).filter { row in part.row(row).contains { $0 != 0 } }
      let rows = part.keeping(rows: kept)
      figures.add("tensors.\(tensor.name).euclidean", regret(rows * rows.transposed))
      var products = DenseMatrix(0, 0)
      if let block = fisher(columns), let resolved {
        let q = block.quadratic(rows, resolved)
        let positive = block.positive(q, rows)
        products = q.keeping(rows: positive, columns: positive)
      }
      figures.add("tensors.\(tensor.name).kl", regret(products))
    }
    return figures
  }

  private static func regret(_ q: DenseMatrix) -> Figures {
    DenseStatistics.table(q, batchSize: 1, hasTIC: false)
      .filter { $0.key.hasPrefix("regret.") }
      .reduce(into: [:]) { $0[String($1.key.dropFirst("regret.".count))] = $1.value }
  }

  private static func kl(_ fisher: DenseFisher, _ damping: ResolvedDamping, _ nonzero: [Int], _ b: Double) -> Figures {
    var figures = Figures()
    let own = fisher.gradients.keeping(rows: nonzero)
    let q = fisher.quadratic(own, damping)
    let positive = fisher.positive(q, own)
    let left = positive.map { nonzero[$0] }
    figures["kl.damping.weight"] = Figure(damping.weight)
    figures["kl.zero_gradients"] = Figure(Double(nonzero.count - left.count))
    figures["kl.outside_range"] = Figure(fisher.outsideRange(own), scale: 1)
    let dead = own.squaredNorm - own.keeping(columns: fisher.live).squaredNorm
    figures["kl.dead"] = Figure(own.squaredNorm > 0 ? dead / own.squaredNorm : 0, scale: 1)
    figures.add(
      "kl.in_sample",
      DenseStatistics.table(
        q.keeping(rows: positive, columns: positive), batchSize: b,
        hasTIC: fisher.kind == .exact || fisher.kind == .sampled))

    for (place, row) in left.enumerated() {
      figures.add(
        "per_minibatch.\(row).kl.in_sample",
        DenseStatistics.minibatch(place, q.keeping(rows: positive, columns: positive)))
    }

    var pairs: [(i: Int, j: Int, q: DenseMatrix)]?
    if damping.weight != nil && left.count >= 2 && fisher.canHoldOut(left) {
      pairs = []
      for j in left.indices {
        for i in 0..<j {
          let two = fisher.gradients.keeping(rows: [left[i], left[j]])
          pairs!.append((i, j, fisher.quadratic(two, damping, fisher.without(left[i], left[j]))))
        }
      }
    }
    for place in left.indices {
      let cosines = (pairs ?? []).filter { $0.i == place || $0.j == place }
        .map { $0.q[0, 1] / (sqrt($0.q[0, 0]) * sqrt($0.q[1, 1])) }
      figures["per_minibatch.\(left[place]).kl.held_out.cosine"] =
        Figure(cosines.isEmpty ? nil : cosines.reduce(0, +) / Double(cosines.count), scale: 1)
    }
    figures.add("kl.held_out", DenseStatistics.heldOut(pairs, count: left.count, batchSize: b))
    figures.add(
      "kl.estimate",
      pairs == nil || fisher.factors == nil
        ? Figures(uniqueKeysWithValues: DensePopulation.names.map { ($0, Figure(nil)) })
        : DensePopulation(fisher, damping, kept: left, batchSize: b).figures)
    figures.add("fisher", flatness(fisher, damping))
    return figures
  }

  private static func path(_ fisher: DenseFisher, _ damping: ResolvedDamping, _ nonzero: [Int], _ b: Double) -> Figures
  {
    var figures = Figures()
    let own = fisher.gradients.keeping(rows: nonzero)
    for weight in damping.weight == nil ? [] : Audit.pathWeights {
      let point = ResolvedDamping(kind: damping.kind, weight: weight)
      let q = fisher.quadratic(own, point)
      let positive = fisher.positive(q, own)
      let table = DenseStatistics.table(
        q.keeping(rows: positive, columns: positive), batchSize: b, hasTIC: false)
      for name in ["regret", "cosine", "norm"] {
        figures["damping_path.\(weight).\(name)"] = table["\(name).value"]
      }
      let left = q.keeping(rows: positive, columns: positive)
      figures["damping_path.\(weight).regret_ratio"] =
        left.rows < 2 ? Figure(nil) : DenseRelated.table(left)["regret_ratio.value"]
    }
    return figures
  }

  private static func flatness(_ fisher: DenseFisher, _ damping: ResolvedDamping) -> Figures {
    let square = fisher.whole.squaredNorm
    let trace = fisher.whole.trace
    var figures: Figures = [
      "trace": Figure(trace), "largest_eigenvalue": Figure(fisher.whole.eigen.values.last!),
      "frobenius": Figure(sqrt(square)), "effective_rank": Figure(trace * trace / square),
    ]
    let names = [
      "largest_eigenvalue", "frobenius", "largest_eigenvalue_normalized", "frobenius_normalized", "log_volume_gap",
    ]
    for name in names { figures["contrast.\(name)"] = Figure(nil) }
    guard let factors = fisher.factors, let ids = fisher.ids else { return figures }
    let known = Set(ids.filter { $0 >= 0 }).sorted()
    guard known.count > 1 else { return figures }
    let groups = known.map { id in ids.indices.filter { ids[$0] == id } }
    let total = Double(groups.reduce(0) { $0 + $1.count })
    let parts = groups.map { rows in
      (share: Double(rows.count) / total, fisher: DenseFisher.meanOuterProduct(factors.keeping(rows: rows)))
    }
    let whole = parts.reduce(DenseMatrix(factors.columns, factors.columns)) { $0 + $1.fisher * $1.share }
    func top(_ matrix: DenseMatrix) -> Double { matrix.eigen.values.last! }
    func norm(_ matrix: DenseMatrix) -> Double { sqrt(matrix.squaredNorm) }
    func mean(_ measure: (DenseMatrix) -> Double) -> Double {
      parts.reduce(0) { $0 + $1.share * measure($1.fisher) }
    }
    figures["contrast.largest_eigenvalue"] = Figure(mean(top) / top(whole))
    figures["contrast.frobenius"] = Figure(mean(norm) / norm(whole))
    let normalized = fisher.normalized(whole)
    figures["contrast.largest_eigenvalue_normalized"] = Figure(mean { top(fisher.normalized($0)) } / top(normalized))
    figures["contrast.frobenius_normalized"] = Figure(mean { norm(fisher.normalized($0)) } / norm(normalized))
    if damping.kind == .diagonal, let weight = damping.weight, weight < 1 {
      func volume(_ matrix: DenseMatrix) -> Double {
        matrix.eigen.values.reduce(0) { $0 + log1p(max(0, $1) * (1 - weight) / weight) }
      }
      figures["contrast.log_volume_gap"] = Figure(
        volume(normalized) - mean { volume(fisher.normalized($0)) }, scale: volume(normalized))
    }
    return figures
  }
}
