internal import Checkpoint

/// Processes that ended before have read the columns and left their sums.
struct MergedWork: ColumnWork {
  let shares: [ShareSums]
  /// The columns of each tensor, in the input's order.
  let tensors: [Range<Int>]
  /// The numbers at a place of a share's store.
  let read: @Sendable (_ share: Int, NumberPlace) throws -> [Double]

  var solvers: [SolverChoice] { holdsRows ? [.gram, .primal] : [.gram] }
  var precision: ElementType? {
    holdsRows ? nil : shares.contains { $0.precision != .float64 } ? .float32 : .float64
  }
  var tellsParameters: Bool { shares.allSatisfy { $0.parameters != nil } }
  var readsParameters: Bool { false }
  private var holdsRows: Bool {
    shares.contains { if case .rows = $0.content { true } else { false } }
  }

  func sums(
    _ request: GramRequest, over parts: [Range<Int>], plan: AuditPlan, isVerified: Bool, isDouble: Bool,
    finish: @escaping @Sendable (_ part: Int, GramSums) -> Void
  ) throws -> GramSums {
    if holdsRows {
      return try LocalWork().sums(
        request, over: parts, plan: plan, isVerified: isVerified, isDouble: isDouble, finish: finish)
    }
    if isDouble && precision != .float64 { throw AuditError.needsDouble }
    let total = try added { content in
      guard case .sums(let shape, let total, _) = content else { return nil }
      return (shape, total)
    }
    guard parts != [0..<request.gradients.columnCount] else {
      finish(0, total ?? GramSums(request))
      return total ?? GramSums(request)
    }
    let places = Dictionary(
      tensors.enumerated().filter { !$0.element.isEmpty }.map { ($0.element, $0.offset) }, uniquingKeysWith: { $1 })
    try OrderedWork.run(count: parts.count, workerCount: plan.workerCount) { part in
      guard let index = places[parts[part]] else { return }
      let sums = try added { content in
        guard case .sums(let shape, _, let tensors) = content,
          let tensor = tensors.first(where: { $0.index == index })
        else { return nil }
        return (shape.tensor(keptCount: tensor.keptCount), tensor.place)
      }
      if let sums { finish(part, sums) }
    } commit: { _, _ in
    }
    return total ?? GramSums(request)
  }

  /// The sums that `find` knows in the shares' content, added in the order of their columns; nil where there are none.
  private func added(_ find: (ShareSums.Content) -> (SumsShape, NumberPlace)?) throws -> GramSums? {
    var total: GramAccumulator?
    for (number, share) in shares.enumerated() {
      guard let (shape, place) = find(share.content), place.count > 0 else { continue }
      // Whoever opened the shares has checked their shapes.
      guard let sums = GramAccumulator(shape, numbers: try read(number, place)) else { throw AuditError.foreignShares }
      if total == nil { total = sums } else { total!.add(sums) }
    }
    return total?.value.completed()
  }

  func images(_ vectors: Matrix, by product: FactorProduct) throws -> Matrix { throw AuditError.notShared(.cg) }

  func parameters(_ pass: ParameterPass) throws -> ParameterSums {
    var total = ParameterSums(pass.shape)
    for (number, share) in shares.enumerated() {
      guard let place = share.parameters,
        let sums = ParameterSums(pass.shape, numbers: try read(number, place))
      else { throw AuditError.foreignShares }
      total.add(sums)
    }
    return total
  }

  func moments(
    of minibatches: [Int], _ gradients: any ColumnBlocks, _ factors: FactorRows
  ) throws -> [EmpiricalMean.Moments] {
    minibatches.map { minibatch in
      shares.reduce(EmpiricalMean.Moments()) { sum, share in
        share.minibatches.firstIndex(of: minibatch).map { sum + share.moments[$0] } ?? sum
      }
    }
  }

  func areEqual(_ first: Int, _ second: Int, in gradients: any ColumnBlocks) throws -> Bool {
    shares.allSatisfy { $0.digests[first] == $0.digests[second] }
  }
}
