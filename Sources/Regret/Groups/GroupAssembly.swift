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
    let tensorPairs = tensors.map { (name: $0.name, pairs: self.pairs(of: $0.products)) }
    for from in 0..<count {
      for to in 0..<count {
        pairs.append(
          GroupTransfer(
            from: from, to: to, euclidean: euclidean?.measures(from, to), inSample: inSample?.measures(from, to),
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

  private func summary(_ group: Int) -> GroupSummary {
    let rows = layout.rows[group]
    let losses = input.losses.isEmpty ? [] : Array(input.losses[rows])
    let isKnown = !losses.isEmpty && losses.allSatisfy(\.isFinite)
    return GroupSummary(
      name: layout.names[group], minibatchCount: rows.count, batchSize: input.harmonicMean(rows),
      loss: isKnown ? Self.mean(losses) : nil)
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
