internal import Checkpoint
internal import Synchronization

extension Audit {
  /// Reads `share` of the columns of `input` and adds up what an audit with `options` needs of them; numbers go to `store`.
  /// Products are formed as one process would for the whole, in double precision where `isDouble`.
  ///
  /// Throws as ``init(of:options:)`` does, and for the solver `cg`, whose reads depend on all columns.
  public static func sums(
    over share: ColumnShare, of input: AuditInput, options: AuditOptions, isDouble: Bool = false,
    store: any NumberStore
  ) throws -> ShareSums {
    BLAS.useOneThread()
    guard input.sketch == nil else {
      throw AuditError.sketched("they are few, and no parts are made of them: inspect the file itself")
    }
    let columns = share.columns(of: input.gradients.tiles)
    let whole = input
    let input = try input.arranged(reference: options.reference, fisher: options.fisherGroup)
      .checkingOtherTiles(startingIn: columns)
    let plan = try AuditPlan(input, options, work: LocalWork(solvers: [.gram, .primal]))
    let content: ShareSums.Content
    var precision = ElementType.float64
    if plan.solver == .primal {
      func allRows(of source: any ColumnBlocks) throws -> [Double] {
        try RowReader.matrix(Array(0..<source.rowCount), of: source, columns).elements
      }
      let rows = whole.factors.first { $0.kind == plan.kind }!.rows
      content = .rows(
        gradients: try store.append(allRows(of: whole.gradients)),
        factors: try store.append(allRows(of: rows)))
    } else {
      // Whatever the merge finds affordable, the sums for it are there.
      let adding = ShareAdding(input, plan.asking(options.measures ?? .all), columns, store)
      // A Fisher that cannot be used leaves the gradients' own products, which are formed in double.
      (content, precision) = try adding.sums(isDouble: isDouble || plan.isDouble || !plan.isUsable)
    }
    let parameters =
      try plan.measures.contains(.parameters)
      ? store.append(plan.parameterPass(input).sums(within: columns).numbers) : nil
    let empirical = input.factors.first { $0.kind == .empirical }
    let minibatches = empirical.map { EmpiricalMean.candidates(input, $0) } ?? []
    return ShareSums(
      columns: columns, fisher: plan.kind, precision: precision,
      isVerified: plan.sources(input).allSatisfy(\.isVerified),
      content: content, parameters: parameters, digests: try EqualRows.digests(of: input.gradients, columns),
      minibatches: minibatches,
      moments: try empirical.map { try EmpiricalMean.moments(of: minibatches, input.gradients, $0, columns) } ?? [])
  }
}

/// The sums over one share.
private struct ShareAdding {
  let input: AuditInput
  let plan: AuditPlan
  let columns: Range<Int>
  let store: any NumberStore

  init(_ input: AuditInput, _ plan: AuditPlan, _ columns: Range<Int>, _ store: any NumberStore) {
    self.input = input
    self.plan = plan
    self.columns = columns
    self.store = store
  }

  /// In float32 at first unless `isDouble`, and again where products leave its range.
  func sums(isDouble: Bool) throws -> (ShareSums.Content, ElementType) {
    let start = store.count
    if !isDouble {
      if let content = try sums(in: Float.self) { return (content, .float32) }
      try store.cut(to: start)
    }
    guard let content = try sums(in: Double.self) else {
      let reason =
        "squares of numbers in columns \(columns.lowerBound) to \(columns.upperBound - 1) are too large or too small for "
        + "double precision, so that parts cannot be added up: inspect the checkpoint itself"
      throw CheckpointError(file: input.gradients.file, cause: .invalid(object: input.gradients.name, reason: reason))
    }
    return (content, .float64)
  }

  /// Nil where products left the range of `Scalar`.
  private func sums<Scalar: WorkingScalar>(in scalar: Scalar.Type) throws -> ShareSums.Content? {
    let request = plan.request(input)
    let places = input.tensors.indices.sorted { input.tensors[$0].offset < input.tensors[$1].offset }
    let wantsTensors = plan.measures.contains(.tensors)
    let parts = wantsTensors ? places.map { input.tensors[$0].range } : [0..<input.gradients.columnCount]
    let (shape, store) = (request.shape, store)
    let tensors = Mutex<Result<[ShareSums.Tensor], any Error>>(.success([]))
    let total = try GramPass.read(request, over: parts, within: columns, plan.pass, isVerified: true, in: scalar) {
      part, sums in
      guard wantsTensors, case .success = tensors.withLock({ $0 }) else { return }
      let added = Result {
        let kept = sums.keptCount
        return ShareSums.Tensor(
          index: places[part], keptCount: kept,
          place: try store.append(sums.numbers(shape.tensor(keptCount: kept))))
      }
      tensors.withLock { all in all = all.flatMap { known in added.map { known + [$0] } } }
    }
    let value = total.value
    if value.columnSums.isOutOfRange || value.isUnusable {
      try RowScan.requireFinite(request.sources, within: columns)
      return nil
    }
    return .sums(
      shape, total: try store.append(total.numbers(shape)),
      tensors: try tensors.withLock { $0 }.get().sorted { $0.index < $1.index })
  }
}
