internal import Checkpoint
internal import Synchronization

/// One read of the rows: sums over all columns and, where asked for, what each tensor needs.
struct TensorPass: Sendable {
  /// Sums over all columns that were read.
  var total: GramSums
  /// What is settled of each tensor; nil where no tensor was asked for.
  var products: [TensorProducts?]?
  /// Sums of tensors that wait for ρ of `auto`; nil for those that did not fit into memory and are read again.
  var waiting: [GramSums?]

  /// Reads all columns, or those of the tensors `only`.
  static func run<Scalar: WorkingScalar>(
    _ input: AuditInput, _ plan: AuditPlan, _ request: GramRequest, only: [Int]? = nil, in scalar: Scalar.Type
  ) throws -> TensorPass {
    let wantsTensors = plan.measures.contains(.tensors)
    let count = wantsTensors ? input.tensors.count : 0
    // From left to right, whatever the file's order: checksums run over neighbouring tensors.
    let places = (only ?? Array(0..<count)).sorted { input.tensors[$0].offset < input.tensors[$1].offset }
    let ranges = wantsTensors ? places.map { input.tensors[$0].range } : [0..<input.gradients.columnCount]
    let damping = plan.settledDamping
    let state = Mutex(
      (
        products: [TensorProducts?](repeating: nil, count: count), waiting: [GramSums?](repeating: nil, count: count),
        room: plan.tensorRoom
      ))
    let total = try GramPass.run(request, over: ranges, plan: plan, isVerified: only == nil, in: Scalar.self) {
      part, sums in
      guard wantsTensors else { return }
      let place = places[part]
      if plan.isUsable && damping == nil && sums.columnSums.liveCount > 0 {
        let kept = sums.reduced(to: request.shape.tensor(keptCount: sums.columns?.columnCount ?? 0))
        state.withLock {
          guard $0.room >= kept.byteCount else { return }
          $0.room -= kept.byteCount
          $0.waiting[place] = kept
        }
      } else {
        let products = plan.products(sums, input, tensor: place, damping: damping)
        state.withLock { $0.products[place] = products }
      }
    }
    let ended = state.withLock { $0 }
    return TensorPass(total: total, products: wantsTensors ? ended.products : nil, waiting: ended.waiting)
  }
}

extension GramSums {
  /// What this takes in memory [bytes].
  var byteCount: Int {
    8 * [gradients, raw, rawFactors, whitened, columns].reduce(0) { $0 + ($1?.elements.count ?? 0) }
  }
}
