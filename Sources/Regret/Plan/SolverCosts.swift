internal import Checkpoint

/// What each solver would cost, and which one is taken.
///
/// Seconds are rough: they only have to tell apart what differs by a factor.
struct SolverCosts: Sendable {
  let size: ProblemSize

  /// One way to carry out the audit.
  struct Choice: Sendable {
    var solver: SolverChoice
    var reason: String
    var seconds: Double
    /// The most memory that is expected to be resident [bytes], and what of it stays to the end.
    var peak: Int
    var resident: Int
    var bytesToRead: Int
    var bytesPerIteration: Int?
    /// Measures beyond reach, and those that would take long, with the reason.
    var impossible: [(measure: Measures, reason: String)]
    var long: [(measure: Measures, reason: String)]
  }

  /// More than this for one measure [s] and it is left out unless asked for.
  static let patience = 60.0
  /// Program, libraries and their buffers [bytes].
  static let base = 48 << 20

  init(_ size: ProblemSize) { self.size = size }

  /// Rates of one worker [operations/s].
  private var productRate: Double { size.isDouble ? 4e10 : 8e10 }
  private var solveRate: Double { 1e10 }

  /// The solver asked for, or the cheapest that fits the memory bound. Where none does, the error names a bound that is
  /// enough: buffers grow with the bound, so what is needed is looked for step by step.
  static func choose(
    _ asked: SolverChoice, among solvers: [SolverChoice], memoryBound: Int, size: (_ bound: Int) -> ProblemSize
  ) throws(AuditError) -> Choice {
    do {
      return try SolverCosts(size(memoryBound)).choose(asked, among: solvers, memoryBound: memoryBound)
    } catch {
      guard case .memory(let solver, var needed, _) = error else { throw error }
      for _ in 0..<32 {
        do {
          _ = try SolverCosts(size(needed)).choose(asked, among: solvers, memoryBound: needed)
          break
        } catch {
          guard case .memory(_, let more, _) = error else { break }
          needed = max(more, needed + needed / 64)
        }
      }
      throw .memory(solver: solver, needed: needed, bound: memoryBound)
    }
  }

  /// The solver asked for, or the cheapest of `solvers` that fits the memory bound.
  func choose(
    _ asked: SolverChoice, among solvers: [SolverChoice], memoryBound: Int
  ) throws(AuditError) -> Choice {
    guard size.factors > 0 else {
      var choice = gram
      choice.reason = "the minibatch Fisher lies in the span of the gradients"
      guard choice.peak <= memoryBound else { throw .memory(solver: .gram, needed: choice.peak, bound: memoryBound) }
      return choice
    }
    let known = [gram, primal, cg(canUseGram: size.wantsGram && gram.peak <= memoryBound)]
    let all = known.filter { solvers.contains($0.solver) }
    if asked != .auto {
      guard var choice = all.first(where: { $0.solver == asked }) else { throw .notShared(asked) }
      choice.reason = "asked for"
      guard choice.peak <= memoryBound else { throw .memory(solver: asked, needed: choice.peak, bound: memoryBound) }
      return choice
    }
    let fitting = all.filter { $0.peak <= memoryBound }
    if let best = fitting.filter({ $0.solver != .cg }).min(by: { $0.seconds < $1.seconds }) { return best }
    if let last = fitting.first { return last }
    let least = all.min { $0.peak < $1.peak }!
    throw .memory(solver: least.solver, needed: least.peak, bound: memoryBound)
  }

  var gram: Choice {
    let (rows, factors, gradients) = (Double(size.rows), Double(size.factors), Double(size.gradients))
    let spectrum = size.measures.contains(.fisher)
    let products = gradients * gradients + rows * rows * (size.isRaw ? 2 : 1) + (spectrum ? factors * factors : 0)
    let order = size.factors == 0 ? gradients : factors
    let block =
      size.rows * (size.blockWidth + 16) * size.scalarBytes
      + (size.usesTiles ? Tiles.workspaceBytes(rowCount: size.rows) : 0)
    let result = Int(products) * size.scalarBytes
    let sums = Int(products) * 16
    let shared = SharedAccumulator.count(byteCount: sums, workerCount: size.workers, memoryBound: size.memoryBound)
    let totals = sums * (size.measures.contains(.tensors) ? 2 * shared + 1 : shared)
    let inverse = size.measures.contains(.heldOut) && size.hasGroups ? size.pairSizes : 0
    let solve = Int(order * order) * 8 * (6 + (size.isRaw ? 4 : 0) + inverse)
    let pass = products * Double(size.parameters) / productRate / Double(size.workers)
    let heldOut = heldOutSeconds
    let estimate = estimateCost(coordinates: order, heldOut: heldOut)
    let peak = Self.base + totals + max((block + result) * size.workers, solve)
    let hasRoom = peak + estimate.bytes <= size.memoryBound
    return Choice(
      solver: .gram, reason: "\(size.rows) rows are fewer than \(size.parameters) parameters",
      seconds: pass + order * order * order * (spectrum ? 13 : 10) / solveRate
        + (size.measures.contains(.heldOut) ? min(heldOut, Self.patience) : 0),
      peak: peak + (hasRoom ? estimate.bytes : 0), resident: Self.base + max(totals, solve),
      bytesToRead: size.gradientBytes + size.factorBytes,
      bytesPerIteration: nil, impossible: hasRoom ? [] : [(.estimate, Self.noRoom)],
      long: (heldOut > Self.patience ? [longHeldOut(heldOut)] : []) + longEstimate(estimate.seconds))
  }

  private static let noRoom = "its rows exceed the memory bound: raise --memory"

  /// The population's estimate from rows of so many coordinates: about a dozen metrics with their factorisations, as many
  /// eigenvalue problems of a minibatch's size, one of all coordinates, and the pairs twice.
  private func estimateCost(coordinates: Double, heldOut: Double) -> (seconds: Double, bytes: Int) {
    guard size.measures.contains(.estimate), size.hasGroups else { return (0, 0) }
    let factors = Double(size.factors)
    let metrics = 12 * coordinates * (2 * factors + coordinates / 3) * coordinates
    let groups = 12 * 20 * size.groupCubes
    let eigen = 10 * coordinates * coordinates * coordinates
    return (
      ((metrics + groups) / Double(size.workers) + eigen) / 2e10 + 2 * heldOut, Int(6 * factors * coordinates * 8)
    )
  }

  private func longEstimate(_ seconds: Double) -> [(measure: Measures, reason: String)] {
    guard seconds > Self.patience else { return [] }
    return [(.estimate, "about \(Int(seconds)) s: ask for it with --measures estimate")]
  }

  /// Downdates of all pairs, from B and Y formed once or from the eigenvectors.
  private var heldOutSeconds: Double {
    guard size.hasGroups else { return size.pairs * Double(size.gradients) * 20 / solveRate / Double(size.workers) }
    let (width, factors) = (Double(size.pairRows), Double(size.factors))
    let once = 2 * factors * factors * factors * Double(size.pairSizes) + size.pairs * width * width * 4
    let each = size.pairs * width * width * factors * 2
    let solves = size.pairs * width * width * width
    return (min(once, each) + solves) / solveRate / Double(size.workers)
  }

  private func longHeldOut(_ seconds: Double) -> (measure: Measures, reason: String) {
    (.heldOut, "about \(Int(seconds)) s for \(Int(size.pairs)) pairs: ask for it with --measures held-out")
  }

  var primal: Choice {
    let (order, factors, gradients) = (Double(size.parameters), Double(size.factors), Double(size.gradients))
    let square = order * order
    let groupwise = size.measures.contains(.fisher) || size.measures.contains(.heldOut)
    let solves = order * square * (size.isRaw ? 20 : 10) + (size.measures.contains(.fisher) ? 2 * order * square : 0)
    let heldOut = primalHeldOutSeconds
    let estimate = estimateCost(coordinates: order, heldOut: min(heldOut, heldOutSeconds))
    let resident = (12 + (size.isRaw ? 6 : 0)) * square * 8 + gradients * order * 8 * 3
    let block = PrimalPass.rowBytes + Int(square) * 8 * 4
    let cost = (factors + gradients) * square * (groupwise ? 3 : 1) / 4e10 / Double(size.workers) + solves / solveRate
    let peak = resident < 1e15 ? Self.base + Int(resident) + block * size.workers : .max
    let hasRoom = peak < size.memoryBound - min(size.memoryBound, estimate.bytes)
    return Choice(
      solver: .primal, reason: "\(size.parameters) parameters are fewer than \(size.rows) rows",
      seconds: cost + (size.measures.contains(.heldOut) ? min(heldOut, Self.patience) : 0),
      peak: peak + (hasRoom ? estimate.bytes : 0), resident: peak - block * size.workers,
      bytesToRead: size.gradientBytes + size.factorBytes * (groupwise || size.hasGroups ? 2 : 1),
      bytesPerIteration: nil, impossible: hasRoom ? [] : [(.estimate, Self.noRoom)],
      long: (heldOut > Self.patience ? [longHeldOut(heldOut)] : []) + longEstimate(estimate.seconds))
  }

  /// A Cholesky factorisation of each pair's Fisher, or downdates by its rows where they are fewer.
  private var primalHeldOutSeconds: Double {
    let (order, width) = (Double(size.parameters), Double(size.pairRows))
    let refits = order * order * order / 3 + order * order * width
    let downdates = width * width * order / 2 + width * width * width / 3
    let pays = PrimalHeldOut.downdatesPay(pairRows: size.pairRows, parameters: size.parameters)
    return size.pairs * (pays ? downdates : refits) / 2e10 / Double(size.workers)
  }

  /// Conjugate gradients in the span of the rows; `canUseGram` where Gram matrices are of use beside them and fit after all.
  func cg(canUseGram: Bool) -> Choice {
    let (factors, gradients) = (Double(size.factors), Double(size.gradients))
    let state = factors * gradients * 8 * Double(12 + 2 * size.workers)
    let block = Double(size.rows * (size.blockWidth + 16) * size.scalarBytes)
    let iteration = 4 * factors * gradients * Double(size.parameters) / productRate / Double(size.workers)
    let gram = gram
    let unreachable = "\(size.factors)² inner products of factors exceed the memory bound: raise --memory"
    let manySolves = "conjugate gradients would run again for each: ask for it with --measures"
    let peak = Double(Self.base) + state + (block + gradients * Double(size.blockWidth) * 8) * Double(size.workers)
    return Choice(
      solver: .cg, reason: "Gram matrix and Fisher both exceed the memory bound", seconds: 15 * iteration,
      peak: canUseGram ? max(gram.peak, Int(min(peak, 1e15))) : Int(min(peak, 1e15)),
      resident: canUseGram ? max(gram.resident, Int(min(state, 1e15))) : Self.base + Int(min(state, 1e15)),
      bytesToRead: size.gradientBytes + size.factorBytes, bytesPerIteration: size.factorBytes,
      impossible: canUseGram
        ? gram.impossible : [(.heldOut, unreachable), (.fisher, unreachable), (.estimate, unreachable)],
      long: canUseGram ? gram.long : [(.path, manySolves), (.tensors, manySolves)])
  }
}

extension SolverCosts {
  /// `choice` with what a ``ParameterPass`` adds to it, where that is asked for. Where it `isOptional` it is left out if it takes more
  /// than a moment, which is counted in operations: parts that are made on several machines have to agree on it.
  func withParameters(_ choice: Choice, _ work: any ColumnWork, isOptional: Bool) -> Choice {
    guard size.measures.contains(.parameters) else { return choice }
    var choice = choice
    let rows = Double(size.factors > 0 ? size.factors : size.gradients)
    let (products, numbers) = (rows * size.flatnessProducts, Double(size.rows) * Double(size.parameters))
    if isOptional && products + 64 * numbers > 1e10 {
      let seconds = (products / 2.4e10 + numbers / 5e8) / Double(size.workers)
      choice.long.append((.parameters, "about \(Int(max(1, seconds))) s: ask for it with --measures parameters"))
      return choice
    }
    guard work.tellsParameters else {
      choice.impossible.append((.parameters, "the parts do not tell it: name it where they are made"))
      return choice
    }
    let own = work.readsParameters ? size.parameterBytes : size.parameterSumBytes
    let peak = choice.resident.addingReportingOverflow(own)
    guard !peak.overflow, max(choice.peak, peak.partialValue) <= size.memoryBound else {
      choice.impossible.append(
        (.parameters, "θ and what it is multiplied with exceed the memory bound: raise --memory"))
      return choice
    }
    choice.peak = max(choice.peak, peak.partialValue)
    if work.readsParameters {
      choice.bytesToRead += size.gradientBytes + size.factorBytes * (size.flatnessProducts > 0 ? 2 : 1)
    }
    return choice
  }
}

extension SolverCosts.Choice {
  /// The same of rows that are `sketched`, whose raw coordinates are lost.
  func withoutRaw(_ sketched: Bool) -> SolverCosts.Choice {
    guard sketched else { return self }
    var choice = self
    let reason = "a sketch keeps no factor rows in raw coordinates"
    choice.impossible = choice.impossible.filter { $0.measure != .fisher && $0.measure != .parameters }
    choice.impossible += [(.fisher, reason), (.parameters, "a sketch keeps neither θ nor single parameters")]
    return choice
  }

  /// The measures that will be computed.
  struct Affordable {
    var measures: Measures
    var skipped: [SkippedMeasure]
    fileprivate var impossible: [(measure: Measures, reason: String)]

    /// Throws where one of the measures `asked` for by name is beyond reach.
    func requireAsked(_ asked: Measures?) throws(AuditError) {
      guard let asked else { return }
      for (measure, reason) in impossible where asked.contains(measure) {
        throw .outOfReach(measure: measure.name, reason: reason)
      }
    }
  }

  /// All measures but those that take long or are beyond reach, or exactly those asked for by name, but for `optional` ones
  /// that take long.
  func affordable(explicit asked: Measures?, optional: Measures = []) -> Affordable {
    var measures = asked ?? .all
    var skipped: [SkippedMeasure] = []
    let long = long.filter { asked == nil || optional.contains($0.measure) }
    for (measure, reason) in impossible + long where measures.contains(measure) {
      measures.remove(measure)
      skipped.append(SkippedMeasure(measure: measure.name, reason: reason))
    }
    return Affordable(measures: measures, skipped: skipped, impossible: impossible)
  }
}
