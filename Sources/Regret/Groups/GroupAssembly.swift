/// Turns pairs in each metric into what groups say of each other.
struct GroupAssembly {
  let input: AuditInput
  let layout: GroupLayout
  var euclidean: GroupPairs?
  var inSample: GroupPairs?
  var heldOut: GroupPairs?
  var estimate: GroupPairs?
  var tensors: [(name: String, products: TensorProducts)] = []

  /// Tensors that are named for each pair of groups.
  static let tensorLimit = 3

  init(input: AuditInput, layout: GroupLayout) {
    self.input = input
    self.layout = layout
  }

  private var count: Int { layout.names.count }

  private func groups(_ minibatches: [Int]) -> [Int] {
    let ids = layout.ids
    return minibatches.map { ids[$0] }
  }

  /// Adds the pairs of one metric from inner products of the `minibatches`.
  mutating func add(_ products: InnerProducts, minibatches: [Int], as metric: WritableKeyPath<Self, GroupPairs?>) {
    self[keyPath: metric] = pairs(products, minibatches: minibatches)
  }

  /// The same from the inner products of each pair.
  mutating func add(
    _ pairs: HeldOutPairs?, moves: [GroupPairs.Move] = [], as metric: WritableKeyPath<Self, GroupPairs?>
  ) {
    self[keyPath: metric] = pairs.map { pairs in
      GroupPairs(
        regrets: pairs.regrets, cosines: pairs.cosines, ids: groups(pairs.minibatches), groupCount: count, moves: moves)
    }
  }

  private func pairs(_ products: InnerProducts, minibatches: [Int]) -> GroupPairs {
    GroupPairs(products, ids: groups(minibatches), groupCount: count)
  }

  var measures: GroupMeasures {
    var pairs: [GroupTransfer] = []
    let (euclidean, inSample) = (euclidean?.findingTypical(), inSample?.findingTypical())
    let (heldOut, estimate) = (heldOut?.findingTypical(), estimate?.findingTypical())
    let tensorPairs = tensors.map { (name: $0.name, pairs: self.pairs(of: $0.products)) }
    for from in 0..<count {
      for to in 0..<count {
        pairs.append(
          GroupTransfer(
            from: from, to: to, lossExcess: from == to ? nil : lossExcess(from, to),
            euclidean: euclidean?.measures(from, to), inSample: inSample?.measures(from, to),
            heldOut: heldOut?.measures(from, to), estimate: estimate?.measures(from, to),
            tensors: from == to ? [] : Self.largest(tensorPairs, from, to)))
      }
    }
    return GroupMeasures(
      groups: (0..<count).map(summary), reference: layout.reference, fisher: layout.fisher, pairs: pairs)
  }

  /// The tensors on which most more is lost.
  private static func largest(
    _ tensors: [(name: String, pairs: GroupPairs?)], _ from: Int, _ to: Int
  ) -> [TensorTransfer] {
    let all = tensors.compactMap { tensor -> TensorTransfer? in
      guard let excess = tensor.pairs?.excess(from, to) else { return nil }
      return TensorTransfer(name: tensor.name, excess: excess)
    }
    return Array(all.sorted { $0.excess.value > $1.excess.value }.prefix(tensorLimit))
  }

  private func pairs(of products: TensorProducts) -> GroupPairs? {
    let kept = products.isNonzero.indices.filter { products.isNonzero[$0] }
    guard inSample != nil else {
      return pairs(InnerProducts(matrix: products.gradients.submatrix(kept, kept)), minibatches: kept)
    }
    guard let kl = products.kl else { return nil }
    let (positive, places) = InnerProducts.positive(kl.submatrix(kept, kept))
    return pairs(positive, minibatches: places.map { kept[$0] })
  }

  /// From the reference to each other group, from inner products of the `minibatches` at another ρ.
  func acrossFromReference(_ products: InnerProducts, minibatches: [Int]) -> [DampingPathTransfer] {
    let pairs = pairs(products, minibatches: minibatches)
    return layout.names.indices.filter { $0 != layout.reference }.map {
      DampingPathTransfer(
        group: layout.names[$0], excess: pairs.excess(layout.reference, $0)?.value,
        transfer: pairs.transfer(layout.reference, $0)?.value)
    }
  }

  /// The difference of two groups' mean losses; Welch's, which is what leaving out one minibatch at a time gives.
  private func lossExcess(_ from: Int, _ to: Int) -> Estimate? {
    guard let first = losses(from), let second = losses(to) else { return nil }
    let (one, other) = (TermSum(first), TermSum(second))
    let value = other.mean() - one.mean()
    guard value.isFinite else { return nil }
    guard min(first.count, second.count) > 1 else { return Estimate(value: value, standardError: nil) }
    return Jackknife.estimate(
      value: value,
      left: [
        first.indices.map { other.mean() - one.mean(leaving: $0) },
        second.indices.map { other.mean(leaving: $0) - one.mean() },
      ], scale: .linear, variance: 0)
  }

  /// The losses of a group's minibatches; nil where some is not known or not finite.
  private func losses(_ group: Int) -> [Double]? {
    let losses = input.losses.isEmpty ? [] : Array(input.losses[layout.rows[group]])
    return !losses.isEmpty && losses.allSatisfy(\.isFinite) ? losses : nil
  }

  private func summary(_ group: Int) -> GroupSummary {
    let rows = layout.rows[group]
    return GroupSummary(
      name: layout.names[group], minibatchCount: rows.count, batchSize: input.harmonicMean(rows),
      loss: losses(group).flatMap(Self.mean))
  }

  /// The mean and its standard error s/√n, none of a single value.
  private static func mean(_ values: [Double]) -> Estimate? {
    let count = Double(values.count)
    let mean = values.reduce(0, +) / count
    guard mean.isFinite else { return nil }
    guard values.count > 1 else { return Estimate(value: mean, standardError: nil) }
    let error = (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / (count - 1) / count).squareRoot()
    guard error.isFinite else { return Estimate(value: mean, standardError: nil) }
    let half = StudentT.quantile(degrees: values.count - 1) * error
    return Estimate(value: mean, standardError: error, interval: .init(low: mean - half, high: mean + half))
  }
}
