/// What one rank's columns add up to.
enum RankResult {
  /// Sums over all of them, and over those of parts that it shares with other ranks.
  case sums(GramAccumulator, cut: [(part: Int, sums: GramAccumulator)])
  case images(MatrixAccumulator)
  case moments([EmpiricalMean.Moments])
  case parameters(ParameterSums)
}

extension RankResult {
  /// The result of `order` on the rows of `input`, to be handed over.
  func message(of order: RankOrder, _ input: AuditInput) -> RankMessage {
    switch self {
    case .sums(let total, let cut):
      let shape = order.shape(input)
      return .total(
        total.numbers(shape),
        cut: cut.map { .init(part: $0.part, numbers: $0.sums.numbers(shape.tensor(keptCount: 0))) })
    case .images(let images): return .total(images.numbers, cut: [])
    case .parameters(let sums): return .total(sums.numbers, cut: [])
    case .moments(let moments): return .total(moments.flatMap { [$0.own, $0.cross, $0.mean] }, cut: [])
    }
  }

  /// What was handed over as the result of `order` on the rows of `input`; nil where it is none.
  init?(_ numbers: [Double], cut: [RankMessage.Cut], of order: RankOrder, _ input: AuditInput) {
    switch order {
    case .sums:
      let shape = order.shape(input)
      guard let total = GramAccumulator(shape, numbers: numbers) else { return nil }
      var parts: [(part: Int, sums: GramAccumulator)] = []
      for part in cut {
        guard let sums = GramAccumulator(shape.tensor(keptCount: 0), numbers: part.numbers) else { return nil }
        parts.append((part.part, sums))
      }
      self = .sums(total, cut: parts)
    case .images(let order):
      let extents = order.emptyMatrix
      guard let images = MatrixAccumulator(extents.rowCount, extents.columnCount, numbers: numbers) else { return nil }
      self = .images(images)
    case .parameters(let order):
      guard let sums = ParameterSums(order.pass(input, workerCount: 1).shape, numbers: numbers) else { return nil }
      self = .parameters(sums)
    case .moments(let minibatches):
      guard numbers.count == 3 * minibatches.count else { return nil }
      self = .moments(
        stride(from: 0, to: numbers.count, by: 3).map {
          EmpiricalMean.Moments(own: numbers[$0], cross: numbers[$0 + 1], mean: numbers[$0 + 2])
        })
    }
  }
}

extension RankOrder {
  /// The sums of a pass over the rows of `input`.
  func shape(_ input: AuditInput) -> SumsShape {
    guard case .sums(let order) = self else { preconditionFailure("no pass has sums of this") }
    return order.request(input).shape
  }
}
